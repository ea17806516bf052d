import { expect, test } from 'vitest';
import { frameworks } from '../../../scripts/frameworks/registry.ts';
import { findFamily } from '../../../scripts/models/architectures/families.ts';
import { loadRegistry } from '../../../scripts/models/registry.ts';
import { familyEntry } from '../../../scripts/preparation/commands/families.ts';
import { scripted } from '../../fakes/scripted-framework.ts';

const registry = loadRegistry();

function entryOf(name: string, some = frameworks) {
  const family = findFamily(name);
  if (family === undefined) throw new Error(`no family ${name}`);
  return familyEntry(family, registry, some);
}

test('a family has its models with what a token costs each', () => {
  const { models, ...family } = entryOf('mamba');
  expect(family).toMatchObject({ family: 'mamba', kind: 'state space', architecture: 'mamba', runsAs: 'mamba' });
  expect(models.map(({ size }) => size)).toEqual(['130M', '370M', '790M', '1.4B', '2.8B']);
  expect(models[0]).toEqual({
    ...{ id: 'mamba-130m', size: '130M', sizeClass: 'small', parameters: 129_135_360, activeParameters: 129_135_360 },
    // 24 layers of 1536 channels with 16 + 3 numbers each, in F32.
    ...{ kvBytesPerToken: 0, stateBytes: 4 * 24 * 1536 * 19, window: null },
  });
});

test('keys and values count two bytes an element', () => {
  const [model] = entryOf('mixtral').models;
  expect(model).toMatchObject({ sizeClass: 'xxl', kvBytesPerToken: 2 * (2 * 32 * 8 * 128) });
});

test('frameworks are those that declare it, and those that declare nothing', () => {
  const some = [
    { ...scripted, name: 'all' },
    { ...scripted, name: 'dense', architectures: ['llama'] },
    { ...scripted, name: 'experts', architectures: ['llama', 'mixtral'] },
  ];
  expect(entryOf('mistral', some).frameworks).toEqual(['all', 'dense', 'experts']);
  // Stored as a llama, but what runs a llama does not run its experts.
  expect(entryOf('mixtral', some).frameworks).toEqual(['all', 'experts']);
  expect(entryOf('bert', some).frameworks).toEqual(['all']);
});

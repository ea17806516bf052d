import { join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addSettings, parserOf } from '../../../scripts/command-line/parsing/add-settings.ts';
import { ProgramCommand } from '../../../scripts/command-line/parsing/program-command.ts';
import { cellOptionsSchema } from '../../../scripts/compare/sweeps/cell.ts';
import { type Setting, whole } from '../../../scripts/settings/setting.ts';
import {
  axesOfSettings,
  defaultEngineSettings,
  engineSettingNames,
  engineSettingsSchema,
  settings,
  settingsOfAxes,
} from '../../../scripts/settings/settings.ts';
import { settingsPage } from '../../../tools/settings-page.ts';

const entries: ReadonlyArray<[string, Setting]> = Object.entries(settings);

it('docs/settings.md is what the settings say', async () => {
  const page = join(import.meta.dirname, '../../../docs/settings.md');
  await expect(settingsPage(), 'the page is out of date; run this test with -u').toMatchFileSnapshot(page);
});

describe('every setting', () => {
  it.each(entries)('%s has a default that its schema allows', (_name, { schema, default: usual }) => {
    if (usual !== undefined) expect(schema.parse(usual)).toEqual(usual);
  });

  it('has a flag and an axis of its own, iterations of a run and of a session apart', () => {
    const flags = entries.filter(([name]) => name !== 'rounds').map(([, { flag }]) => flag.split(' ')[0]);
    const axes = entries.flatMap(([, { axis }]) => axis ?? []);
    expect(new Set(flags).size).toBe(flags.length);
    expect(new Set(axes).size).toBe(axes.length);
  });
});

describe('options of a command', () => {
  const command = () =>
    addSettings(new Command().exitOverride(), ['threads', 'contextTokens', 'gpuLayers', 'conditions', 'warmUp']);
  const parsed = (...words: string[]) => command().parse(words, { from: 'user' }).opts();

  it('have the names of the settings and typed values', () => {
    const values = parsed('--context', '64', '--gpu-layers', '3', '--no-monitor', '--warmup', 'auto');
    expect(values).toEqual({ contextTokens: 64, gpuLayers: 3, conditions: false, warmUp: 'auto' });
    expect(parsed()).toEqual({ gpuLayers: 'auto', conditions: true, warmUp: 'auto' });
  });

  it('refuse what the schema does not allow', () => {
    const quiet = () => command().configureOutput({ writeErr: () => {} });
    const refusing =
      (...words: string[]) =>
      () =>
        quiet().parse(words, { from: 'user' });
    expect(refusing('--context', '8')).toThrow('A whole number of 16 or more is needed');
    expect(refusing('--threads', '2000')).toThrow('A whole number of 1 to 1024 is needed');
    expect(refusing('--gpu-layers', 'many')).toThrow(
      'Use auto or max, or a number. A whole number of 0 or more is needed',
    );
  });
});

describe('the engine', () => {
  it('gets every setting that says so, and options of the framework', () => {
    expect(engineSettingNames).toContain('flashAttention');
    expect(engineSettingsSchema.parse({ ...defaultEngineSettings, framework: { level: 4 } })).toMatchObject({
      framework: { level: 4 },
      flashAttention: 'auto',
    });
    expect(() => engineSettingsSchema.parse({ ...defaultEngineSettings, shard: 'columns' })).toThrow();
  });
});

describe('axes of a sweep', () => {
  it('become settings and settings become axes, under the names of each', () => {
    const cell = cellOptionsSchema.parse({ framework: 'any', context: 64, batch: 8, ignoreEos: true });
    const values = settingsOfAxes(cell);
    expect(values).toMatchObject({
      contextTokens: 64,
      batchTokens: 8,
      ignoreEndOfSequence: true,
      flashAttention: 'auto',
    });
    expect(cellOptionsSchema.parse({ framework: 'any', ...axesOfSettings(values) })).toEqual(cell);
  });
});

describe("other tools' spellings", () => {
  const parsed = (...words: string[]) => {
    const command = new ProgramCommand('tool').exitOverride();
    return addSettings(command, ['threads', 'contextTokens', 'batchTokens', 'gpuLayers', 'flashAttention', 'kvType'])
      .parse(words, { from: 'user' })
      .opts();
  };

  it.each([
    [['-t', '3', '-c', '64', '-b', '8'], { threads: 3, contextTokens: 64, batchTokens: 8 }],
    [['--ctx-size', '64', '--batch-size', '8'], { contextTokens: 64, batchTokens: 8 }],
    [['-ngl', '99'], { gpuLayers: 99 }],
    [['--n-gpu-layers=all'], { gpuLayers: 'max' }],
    [['-fa', '1'], { flashAttention: 'on' }],
    [['-ctk', 'q8_0'], { kvType: 'q8_0' }],
    [['--cache-type-k', 'f16'], { kvType: 'f16' }],
  ])('of llama.cpp: %j', (words, values) => expect(parsed(...words)).toMatchObject(values));
});

it('one entry is an option, its parser and its bounds', () => {
  const toy = { schema: whole(2, 5) };
  expect(parserOf(toy)?.('4')).toBe(4);
  expect(() => parserOf(toy)?.('6')).toThrow('A whole number of 2 to 5 is needed');
  expect(parserOf({ schema: z.enum(['a', 'b']) })?.('b')).toBe('b');
  expect(parserOf({ schema: z.boolean() })).toBeUndefined();
});

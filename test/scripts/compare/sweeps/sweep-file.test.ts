import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../scripts/command-line/errors.ts';
import { parseSweep, readSweepFile } from '../../../../scripts/compare/sweeps/sweep-file.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';

const least = { name: 'x', framework: 'llamacpp' };

function refusalOf(content: unknown): UserError {
  try {
    parseSweep(content, 'x.json');
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a sweep file', () => {
  it('takes the options of the scripts in camelCase, as a value, a list or a range', () => {
    const file = parseSweep(
      {
        name: 'x',
        framework: ['llamacpp'],
        size: ['tiny'],
        quantize: ['f16', 'q8_0'],
        seed: [1, 2],
        maxTokens: [8],
        threads: { from: 1, to: 4, step: 1 },
        nPrompt: { from: 64, to: 512, factor: 2 },
        temperature: { from: 0, to: 0.3, step: 0.1 },
      },
      'x.json',
    );
    expect(file.axes).toEqual({
      framework: ['llamacpp'],
      size: ['tiny'],
      quantize: ['f16', 'q8_0'],
      seed: [1, 2],
      maxTokens: [8],
      threads: [1, 2, 3, 4],
      nPrompt: [64, 128, 256, 512],
      temperature: [0, 0.1, 0.2, 0.3],
    });
    expect(file).toMatchObject({ iterations: 1, orderSeed: 42, grids: [{}], exclude: [], when: [] });
  });

  it.each([
    ['an unknown key', { ...least, threds: 2 }, 'unknown key "threds"', 'Did you mean threads?'],
    [
      'one within a grid',
      { ...least, grids: [{ nPromt: 2 }] },
      'unknown key "grids[0].nPromt"',
      'Did you mean nPrompt?',
    ],
    [
      'one within a rule',
      { ...least, when: [{ if: { size: 'tiny' }, use: {} }] },
      'unknown key "when[0].use"',
      'if, with',
    ],
    ['one like no other', { ...least, colour: 2 }, 'unknown key "colour"', 'Known keys: $schema, name'],
    ['a wrong value', { ...least, quantize: ['f16', 'q8_O'] }, 'quantize: "q8_O" does not fit', 'Did you mean q8_0?'],
    [
      'a wrong value in an exclusion',
      { ...least, exclude: [{ seed: -1 }] },
      'exclude[0].seed: -1 does not fit',
      'seed is:',
    ],
    ['a fraction where none can be', { ...least, threads: 1.5 }, 'threads: 1.5 does not fit', 'threads is:'],
    ['an empty list', { ...least, seed: [] }, 'seed: [] does not fit', 'docs/sweeps.md'],
    ['a range without steps', { ...least, seed: { from: 1, to: 2 } }, 'seed: {"from":1,"to":2} does not fit', 'docs'],
    ['no name', { framework: 'llamacpp' }, '"name" is missing', 'docs/sweeps.md'],
    ['a name that names no file', { ...least, name: '../x' }, 'name: "../x" does not fit', 'docs/sweeps.md'],
    ['no framework', { name: 'x', size: 'tiny' }, 'it names no framework', 'Add "framework": ["llamacpp"]'],
    ['no object', 7, 'it is no object', 'docs/sweeps.md'],
  ])('refuses %s, says where, and what is meant', (_, content, message, remedy) => {
    const error = refusalOf(content);
    expect(error.message).toContain(`x.json: ${message}`);
    expect(error.remedy).toContain(remedy);
    expect(error.exitCode).toBe(2);
  });

  it('is told where its JSON breaks', () => {
    const path = join(outputFolder(), 'broken.json');
    writeFileSync(path, '{"name": "x",\n "framework": }');
    expect(() => readSweepFile(path)).toThrow(/broken\.json: it is not valid JSON: .*}/);
    expect(() => readSweepFile(`${path}.not`)).toThrow(/there is no such file/);
  });
});

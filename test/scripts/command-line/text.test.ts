import { CommanderError } from 'commander';
import { describe, expect, it, vi } from 'vitest';
import { fileError, oneLine, UserError } from '../../../scripts/command-line/errors.ts';
import { bytes, milliseconds, parameterCount, significant } from '../../../scripts/command-line/format.ts';
import { commaList, realNumber, wholeNumber } from '../../../scripts/command-line/options.ts';
import { program } from '../../../scripts/command-line/program.ts';
import { displayWidth } from '../../../scripts/command-line/screen-text.ts';
import { table } from '../../../scripts/command-line/terminal.ts';

describe('numbers for people', () => {
  it.each([
    [0, '0'],
    [0.01234, '0.0123'],
    [0.5, '0.500'],
    [1.234, '1.23'],
    [12.34, '12.3'],
    [1234.5, '1235'],
    [-12.34, '-12.3'],
    [Number.NaN, 'n/a'],
    [9.9999, '10.0'],
    [99.96, '100'],
    [0.99996, '1.00'],
    [0.099996, '0.100'],
    [-9.9999, '-10.0'],
  ])('%f has three significant digits: %s', (value, text) => {
    expect(significant(value)).toBe(text);
  });

  it('count bytes in decimal units', () => {
    expect([0, 999, 1000, 1_500_000, 1e9].map(bytes)).toEqual(['0 B', '999 B', '1.00 kB', '1.50 MB', '1.00 GB']);
  });

  it('name durations and parameters in the unit that fits', () => {
    expect([0.12, 340, 12_300, 245_000].map(milliseconds)).toEqual(['0.120 ms', '340 ms', '12.3 s', '4 min 05 s']);
    expect([512, 850_000, 135e6, 1.24e9].map(parameterCount)).toEqual(['512', '850k', '135M', '1.24B']);
  });
});

describe('option values', () => {
  it.each(['', '1.5', 'x', '-1', '11'])('a whole number from 0 to 10 is not %j', (text) => {
    expect(() => wholeNumber(0, 10)(text)).toThrow(/whole number of 0 to 10/);
  });

  it('are read as numbers and lists', () => {
    expect(wholeNumber(0)('007')).toBe(7);
    expect(realNumber(0)('0.7')).toBe(0.7);
    expect(() => realNumber(0)('-1')).toThrow(/at least 0/);
    expect(commaList(' a, b ,,c')).toEqual(['a', 'b', 'c']);
    expect(() => commaList(' , ')).toThrow(/At least one/);
  });
});

describe('errors', () => {
  it('fold what was thrown into one line', () => {
    expect(oneLine(new Error('first\n   second'))).toBe('first second');
    expect(oneLine('plain')).toBe('plain');
  });

  it('of the file system say what is wrong and what to do', () => {
    const full = Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC', syscall: 'write' });
    expect(fileError(full, '/x', 'writing')).toMatchObject({
      message: 'writing /x failed: the disk is full',
      remedy: expect.stringMatching(/--output DIR/),
    });
    expect(new UserError('bad').exitCode).toBe(1);
  });
});

describe('a program', () => {
  it('shows examples and exit codes in its help and refuses what it does not know', () => {
    const command = program('tool', 'Does it.', [['tool --now', 'at once']]).option('--now', 'do it');
    const written: string[] = [];
    command.configureOutput({ writeOut: (text) => written.push(text) });
    expect(() => command.parse(['--help'], { from: 'user' })).toThrow(CommanderError);
    expect(written.join('')).toMatch(/Examples:\n {2}tool --now {2}at once[\s\S]*Exit codes: 0 done/);
    expect(() => command.parse(['--later'], { from: 'user' })).toThrow(/unknown option '--later'/);
  });
});

describe('a table', () => {
  it('aligns columns by what is seen, not by control sequences', () => {
    expect(displayWidth('\u001b[1mbold\u001b[22m')).toBe(4);
    vi.stubEnv('NO_COLOR', '1');
    expect(
      table(
        ['name', 'value'],
        [
          ['a', '1'],
          ['long name', '100'],
        ],
      ),
    ).toBe('name       value\n─────────  ─────\na              1\nlong name    100');
    vi.unstubAllEnvs();
  });
});

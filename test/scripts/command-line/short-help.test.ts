import { CommanderError } from 'commander';
import { afterEach, expect, it, vi } from 'vitest';
import { sessionProgram } from '../../../scripts/compare/session-options.ts';
import { frameworkNamed } from '../../../scripts/frameworks/registry.ts';
import { commands } from '../../../scripts/tokenlap/commands.ts';
import { programOf } from '../../../scripts/tokenlap/offers.ts';
import { singleRunProgram } from '../../../scripts/workloads/single-run.ts';

afterEach(() => void vi.restoreAllMocks());

function helpOf(program: { parse(words: string[], from: { from: 'user' }): unknown }, flag: string): string {
  const said: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  expect(() => program.parse([flag], { from: 'user' })).toThrow(CommanderError);
  return said.join('');
}

const optionLines = (help: string) => help.split('\n').filter((line) => /^ {2}-/.test(line)).length;

it.each([
  ['benchmark', () => sessionProgram()],
  ['a single run', () => singleRunProgram(frameworkNamed('llamacpp')).parsed],
])('of %s: the options that people need, by group, with how to see the rest', (_, program) => {
  const help = helpOf(program(), '--help');
  expect(optionLines(help)).toBeLessThanOrEqual(18);
  for (const heading of ['Model:', 'Engine:', 'Workload:', 'Output:', 'Examples:']) expect(help).toContain(heading);
  for (const option of ['--size', '--quantize', '--model', '--threads', '--workload', '--output'])
    expect(help).toContain(option);
  expect(help).not.toContain('--flash-attention');
  expect(help).toMatch(/\d+ more options: --help-all/);
});

it('of every command fits 80 columns, examples apart', async () => {
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  for (const { script } of commands) {
    if (script === undefined) continue;
    const help = (await programOf(script)).helpInformation();
    expect(help.split('\n').filter((line) => line.length > 80)).toEqual([]);
  }
});

// The last one: from here on this process shows all options.
it('with --help-all has every option of the program', () => {
  const program = sessionProgram();
  const help = helpOf(program, '--help-all');
  for (const { long } of program.options) expect(help).toContain(long);
  expect(help).not.toContain('more options');
});

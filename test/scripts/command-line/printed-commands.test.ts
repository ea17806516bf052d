import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { commandAgain, scriptLine, shellLine } from '../../../scripts/command-line/shell-line.ts';
import { sessionProgram } from '../../../scripts/compare/session-options.ts';
import { comparisonWords, startProgram } from '../../../scripts/compare/start-plan.ts';
import { defaults } from '../../../scripts/settings/defaults.ts';

const parts = (line: string) =>
  execFileSync('sh', ['-c', `for word in ${line}; do printf '%s\\0' "$word"; done`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

test('a shell reads back the very words that were quoted', () => {
  const words = ["it's", '$HOME', 'a b', '`id`', '"q"', '*', '\\', 'x=~y', '!1', '(a)', 'é', ''];
  expect(parts(shellLine(words))).toEqual(words);
});

test('a script that works on the same results names their folder, where it is not the usual one', () => {
  expect(scriptLine('collate/all.ts', 'benchmark_output')).toBe('npx tsx collate/all.ts');
  expect(scriptLine('collate/all.ts', 'my results', '--rebuild')).toBe(
    "npx tsx collate/all.ts --rebuild --output 'my results'",
  );
});

test('a command is typed again with everything that was given, and the change', () => {
  const typed = ['--threads', '1', '--iterations', '4', '--output', 'my results', '--iterations=5', '--synthetic'];
  const again = parts(commandAgain({ iterations: 9 }, ['node', '/somewhere/scripts/benchmark.ts', ...typed]));
  expect(again.slice(0, 3)).toEqual(['npx', 'tsx', 'scripts/benchmark.ts']);
  const asked = sessionProgram().parse(again.slice(3), { from: 'user' }).opts();
  expect(asked).toEqual({ ...sessionProgram().parse(typed, { from: 'user' }).opts(), iterations: 9 });
});

test('npm start is typed again as npm start', () => {
  const again = parts(commandAgain({ iterations: 9 }, ['node', '/x/scripts/start.ts', '--output', 'o']));
  expect(again.slice(0, 3)).toEqual(['npm', 'start', '--']);
  expect(startProgram().parse(again.slice(3), { from: 'user' }).opts()).toEqual({
    output: 'o',
    install: false,
    iterations: 9,
  });
});

test('what npm start prints of its comparison says its threads', () => {
  const words = comparisonWords({ output: 'my results', iterations: 3 });
  expect(words.join(' ')).toContain('--threads 1');
  expect(sessionProgram().parse(words, { from: 'user' }).opts()).toMatchObject({
    ...{ size: defaults.start.size, quantize: defaults.start.quantizations, maxTokens: defaults.start.maxTokens },
    ...{ iterations: 3, threads: 1, parityQuestions: defaults.start.parityQuestions, output: 'my results' },
  });
});

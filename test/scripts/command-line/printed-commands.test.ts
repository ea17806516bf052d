import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { commandAgain, scriptLine, shellLine } from '../../../scripts/command-line/shell-line.ts';
import { sessionProgram } from '../../../scripts/compare/session-options.ts';
import { answersWords, speedWords, startProgram } from '../../../scripts/compare/start-plan.ts';
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

test('what npm start prints of its measurement of speed is what it runs', () => {
  const words = speedWords({ output: 'my results', iterations: 3, minSeconds: 0.5 });
  const { speed } = defaults.start;
  expect(sessionProgram().parse(words, { from: 'user' }).opts()).toMatchObject({
    ...{ size: speed.size, synthetic: true, quantize: [speed.quantize], maxTokens: speed.maxTokens },
    ...{ iterations: 3, minSeconds: 0.5, parityQuestions: speed.parityQuestions, output: 'my results' },
    ...{ questions: speed.questions, ignoreEndOfSequence: true, parity: true },
  });
});

test('the embedded model is asked once by each framework, with nothing but its answers in mind', () => {
  const words = answersWords({ output: 'o' });
  expect(sessionProgram().parse(words, { from: 'user' }).opts()).toMatchObject({
    ...{ size: 'tiny', quantize: ['f16'], iterations: 1, threads: 1, warmUp: 0, minSeconds: 0, parity: false },
  });
});

import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { runSession } from '../../../scripts/compare/session.ts';
import { sessionOptions, sessionProgram } from '../../../scripts/compare/session-options.ts';
import { outputFolder } from '../../fakes/output-folder.ts';
import { scriptedPython } from '../../fakes/scripted-python.ts';

const question = resolve(import.meta.dirname, '../../../configs/questions-speed.json');
/** The first answer and the measured one wait this long for each token. */
const slow = { ...scriptedPython('gap=2500'), name: 'slow-python', title: 'Slow Python' };

it('a contender that takes much longer than the quickest is measured in the first round alone, and says how long it took', async () => {
  const words = [
    ...['--size', 'tiny', '--quantize', 'f16', '--no-parity', '--iterations', '3', '--threads', '1', '--warmup', '0'],
    ...['--questions', question, '--max-tokens', '2', '--min-seconds', '0', '--no-monitor', '--output', outputFolder()],
  ];
  const options = sessionOptions(sessionProgram().parse(words, { from: 'user' }).opts(), [scriptedPython(), slow]);
  const { cells } = await runSession(
    { ...options, longestRunMs: 0, onPlan: () => {} },
    { update: () => {}, stage: () => {}, end: () => {} },
    new AbortController().signal,
  );
  expect(cells.map(({ runs, problems, leftOutAfterMs }) => ({ runs: runs.length, problems, leftOutAfterMs }))).toEqual([
    { runs: 3, problems: [], leftOutAfterMs: undefined },
    { runs: 1, problems: [], leftOutAfterMs: expect.any(Number) },
  ]);
});

import { expect, it } from 'vitest';
import { runSession } from '../../../scripts/compare/session.ts';
import { sessionOptions, sessionProgram } from '../../../scripts/compare/session-options.ts';
import { outputFolder } from '../../fakes/output-folder.ts';
import { scriptedPython } from '../../fakes/scripted-python.ts';

const line = { update: () => {}, stage: () => {}, end: () => {} };

async function runsOf(longestRunMs: number | undefined) {
  const words = [
    ...['--size', 'tiny', '--quantize', 'f16', '--no-parity', '--iterations', '2', '--threads', '1', '--max-tokens', '2'],
    ...['--warmup', '0', '--min-seconds', '0', '--no-monitor', '--output', outputFolder()],
  ];
  const options = sessionOptions(sessionProgram().parse(words, { from: 'user' }).opts(), [scriptedPython()]);
  const asked = { ...options, longestRunMs, onPlan: () => {} };
  const { cells } = await runSession(asked, line, new AbortController().signal);
  return cells.map(({ runs, problems, leftOutAfterMs }) => ({ runs: runs.length, problems, leftOutAfterMs }));
}

it('a run that takes too long is the only one of its framework, and says how long it took', async () => {
  expect(await runsOf(0)).toEqual([{ runs: 1, problems: [], leftOutAfterMs: expect.any(Number) }]);
});

it('every round has all of them where no time is set', async () => {
  expect(await runsOf(undefined)).toEqual([{ runs: 2, problems: [], leftOutAfterMs: undefined }]);
});

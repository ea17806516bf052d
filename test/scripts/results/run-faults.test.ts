/** What says something impossible is printed by nobody: the run ends as failed, and its summary has no figure. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { readRun } from '../../../collate/logs/read-run.ts';
import type { RunRecord } from '../../../scripts/log/run-log-format.ts';
import { faultsOf } from '../../../scripts/results/invariants/run-faults.ts';
import { summarizeRun } from '../../../scripts/results/run-summary.ts';
import { type RunOutcome, runBenchmark } from '../../../scripts/run/run.ts';
import type { RunContext } from '../../../scripts/run/run-plan.ts';
import { chat } from '../../../scripts/workloads/chat/workload.ts';
import { summaryText } from '../../../scripts/workloads/summary-text.ts';
import { planned } from '../../../scripts/workloads/workload.ts';
import { logRecords } from '../../collate/log-factory.ts';
import { answerRecords } from '../../collate/run-records.ts';
import { outputFolder } from '../../fakes/output-folder.ts';
import { scriptedPlan } from '../../fakes/scripted-run.ts';

/** A run of the scripted engine in which these records come about. */
function runOf(records: readonly RunRecord[]): Promise<RunOutcome> {
  const talk = async ({ write, timeLog }: RunContext) => {
    const laterNs = timeLog.now() - answerStartNs;
    await sleep(answerMs);
    write(...records.map((record) => later(record, laterNs)));
  };
  const workload = planned(chat, { system: null, maxTokens: 16, temperature: 0, talk });
  return runBenchmark(
    scriptedPlan(outputFolder(), { workload }),
    { stage: () => {}, progress: () => {} },
    new AbortController().signal,
  );
}

/** When the first answer of `answerRecords` starts, and more than it takes. */
const answerStartNs = 1e9;
const answerMs = 100;

/** In the time of this run. */
function later(record: RunRecord, byNs: number): RunRecord {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name,
      instants.includes(name) && typeof value === 'number' ? value + byNs : value,
    ]),
  ) as typeof record;
}

const instants = ['atNs', 'startNs', 'submitNs', 'promptEvaluatedNs', 'firstTokenNs', 'lastTokenNs'];

const change = (answer: Partial<Extract<RunRecord, { type: 'answer' }>>) => answerRecords(0, { answer });
const tokensAtNothing = answerRecords(0, {}).map((record) =>
  record.type === 'token' ? { ...record, atNs: 0 } : record,
);

it.each<[what: string, records: RunRecord[], says: RegExp]>([
  [
    'tokens and no instant',
    change({ firstTokenNs: undefined, lastTokenNs: undefined }),
    /has tokens, but not the instants/,
  ],
  [
    'a first token before it was asked for',
    [
      ...tokensAtNothing.filter(({ type }) => type === 'token'),
      ...change({ firstTokenNs: 0, lastTokenNs: 0 }).slice(-1),
    ],
    /time to first token of -\d+ ns/,
  ],
  ['more tokens than were logged', change({ tokens: 9 }), /claims 9 tokens, but 3 are logged/],
  ['more arrivals than tokens', change({ arrivals: 4, firstArrivalTokens: 1 }), /3 tokens in 4 arrivals/],
])('a run with an answer with %s fails, and shows none of its figures', async (_, records, says) => {
  const outcome = await runOf(records);
  expect(outcome).toMatchObject({
    exitCode: 1,
    end: { status: 'failed', error: { message: expect.stringMatching(says) } },
  });
  const summary = summarizeRun(outcome);
  expect(summary).toMatchObject({ status: 'failed', answers: null, kernel: null, load: null });
  expect(summaryText(summary)).not.toMatch(/tokens\/s|TTFT/);
  // The same faults are found when the log is read, each with its line.
  const read = readRun(outcome.logPath, () => {});
  const found = read?.problems.filter(({ kind }) => kind === 'broken_invariant') ?? [];
  expect(found.map(({ reason }) => reason)).toEqual(faultsOf(outcome.records));
  const lines = readFileSync(outcome.logPath, 'utf8').split('\n');
  for (const { line } of found) expect(lines[(line ?? 0) - 1]).toContain('"type":"answer"');
});

it('a run without a fault completes, and so does its log', async () => {
  const outcome = await runOf(answerRecords(0, {}));
  expect(outcome.end.status).toBe('completed');
  expect(faultsOf(outcome.records)).toEqual([]);
  expect(summarizeRun(outcome).answers?.ttftMs?.mean).toBe(50);
});

it('a kernel repetition that took no time has no rate', () => {
  const kernel = {
    tokens: 512,
    depth: 0,
    startNs: 1e9,
    durationNs: 0,
    repetition: 0,
    phase: 'measured',
    test: 'pp',
  } as const;
  expect(
    faultsOf(logRecords({ header: { workload: 'kernel' }, answers: [], records: [{ type: 'kernel', ...kernel }] })),
  ).toEqual(['pp repetition 0: 512 tokens in 0 ns']);
});

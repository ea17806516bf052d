import { expect, test } from 'vitest';
import { analyze } from '../../collate/analysis/analysis.ts';
import { collateAll } from '../../collate/incremental/collate-all.ts';
import { readTable } from '../../collate/tables/read.ts';
import { runsTable } from '../../scripts/results/runs/runs.ts';
import type { LoadRequestRecord } from '../../scripts/workloads/load/records.ts';
import { loadTable } from '../../scripts/workloads/load/tables.ts';
import { answersTable } from '../../scripts/workloads/questions/tables.ts';
import { failure, type LoadLogShape, loadLog } from './load-log.ts';
import { linesOf, logRecords } from './log-factory.ts';
import { outputFolder, tablesOf } from './output-folder.ts';
import { uuidOf } from './run-records.ts';

async function collated(shape: LoadLogShape = {}) {
  const output = outputFolder();
  output.log(loadLog(shape));
  const summary = await collateAll({ output: output.path });
  const [run] = readTable(output.path, runsTable);
  return { output, run, stages: readTable(output.path, loadTable), summary };
}

test('a load test becomes a row per stage', async () => {
  const { stages, run, summary } = await collated();
  expect(summary).toMatchObject({ rows: { runs: 1, load: 2, answers: 0, tokens: 0 }, problems: [] });
  expect(run).toMatchObject({ workload: 'load', status: 'completed', comparable: true, max_tokens: 8 });
  expect(stages).toMatchObject([
    {
      uuid: uuidOf(1),
      framework: 'openai',
      server: '127.0.0.1:8080',
      load: 'ramp=4',
      load_seconds: 1,
      request_timeout_s: 120,
      slo_ttft_ms: 50,
      slo_tpot_ms: null,
      stage: 0,
      arrivals: 'closed',
      clients: 2,
      rate_per_s: null,
      seconds: 1,
      sent: 4,
      completed: 4,
      cancelled: 0,
      failed_timeout: 0,
      requests_per_s: 4,
      tokens_per_s: 12,
      goodput_requests_per_s: 4,
      goodput_share: 1,
      ttft_count: 4,
      ttft_p50_ms: null,
      gap_count: 8,
      pieces_are_tokens: true,
      saturated: false,
      hostname: 'host',
      model: 'tiny-llama',
      weight_class: '16-bit',
    },
    { stage: 1, clients: 4, saturated: true },
  ]);
  // Four requests of 80 ms in a second.
  expect(stages[0]?.concurrency).toBeCloseTo(0.32, 12);
});

test('failures stand beside each other by kind and are in no other figure', async () => {
  const slow = { firstTokenNs: 1.9e9, lastTokenNs: 1.92e9, endNs: 1.95e9 };
  const { stages } = await collated({
    header: { requested: { load: 'poisson=10', sloTtftMs: 50 } },
    stages: [
      {
        shape: { kind: 'open', arrivals: 'poisson', perSecond: 10 },
        requests: [
          {},
          { ...failure('timeout'), ...slow },
          failure('rate_limited'),
          failure('server_error'),
          failure('broken_stream'),
          { stop: 'cancelled' },
        ],
      },
    ],
  });
  expect(stages).toMatchObject([
    {
      arrivals: 'poisson',
      clients: null,
      rate_per_s: 10,
      sent: 6,
      completed: 1,
      cancelled: 1,
      failed_timeout: 1,
      failed_rate_limited: 1,
      failed_server_error: 1,
      failed_broken_stream: 1,
      failed_connection: 0,
      requests_per_s: 1,
      ttft_count: 1,
      tokens_per_s: 3,
      goodput_requests_per_s: 1,
      goodput_share: 1 / 6,
      saturated: null,
    },
  ]);
});

test('percentiles are there once five answers lie beyond them', async () => {
  const requests = Array.from({ length: 50 }, (_, i): Partial<LoadRequestRecord> => {
    const sentNs = 1e9 + i * 1e7;
    return {
      scheduledNs: sentNs,
      sentNs,
      firstByteNs: sentNs + 5e7,
      firstTokenNs: sentNs + 5e7,
      lastTokenNs: sentNs + 7e7,
      endNs: sentNs + 8e7,
    };
  });
  const { stages } = await collated({ stages: [{ requests }] });
  expect(stages).toMatchObject([
    { ttft_count: 50, ttft_p50_ms: 50, ttft_p90_ms: 50, ttft_p95_ms: null, ttft_p99_ms: null, tpot_p50_ms: 10 },
  ]);
  expect(stages[0]?.e2e_drift).toBeCloseTo(1, 9);
});

test('a load test disturbs neither answers nor the analysis', async () => {
  const { output } = await collated();
  output.log({ number: 2 });
  await collateAll({ output: output.path });
  expect(readTable(output.path, answersTable).map((row) => row.uuid)).toEqual([2, 2, 2].map(uuidOf));
  const runs = readTable(output.path, runsTable);
  expect(runs.find((run) => run.workload === 'load')).toMatchObject({
    answers: 0,
    ttft_ms: null,
    decode_tokens_per_s: null,
    output_sha256: null,
    itl_count: 0,
  });
  const analysis = analyze(runs);
  expect(analysis.groups.map(({ key }) => key.workload)).toEqual(['qa']);
  expect(analysis.leftOut).toEqual({});
});

test('an interrupted test keeps its stages, a killed one those that are closed', async () => {
  const { run, stages } = await collated({ end: { status: 'interrupted', error: { message: 'stopped by Ctrl-C' } } });
  expect(run?.status).toBe('interrupted');
  expect(stages).toHaveLength(2);

  const output = outputFolder();
  const whole = linesOf(logRecords(loadLog()));
  output.file(output.nameOf({ framework: 'openai' }), whole.slice(0, whole.lastIndexOf('{"type":"load_stage"')));
  const summary = await collateAll({ output: output.path });
  expect(summary.problems.map(({ kind }) => kind)).toEqual(['killed']);
  expect(readTable(output.path, loadTable).map(({ stage }) => stage)).toEqual([0]);
});

test('rows of load tests are added, done again and rebuilt like those of the other tables', async () => {
  const output = outputFolder();
  const whole = linesOf(logRecords(loadLog({ number: 2 })));
  output.log(loadLog({ number: 1 }));
  const growing = output.file(
    output.nameOf({ framework: 'openai', number: 2 }),
    whole.slice(0, whole.lastIndexOf('{"type":"end"')),
  );
  await collateAll({ output: output.path });
  const before = tablesOf(output.path);
  await collateAll({ output: output.path });
  expect(tablesOf(output.path)).toEqual(before);

  output.append(growing, whole.slice(whole.lastIndexOf('{"type":"end"')));
  output.log(loadLog({ number: 3 }));
  await collateAll({ output: output.path });
  expect(readTable(output.path, loadTable).map((row) => row.uuid)).toEqual([1, 1, 2, 2, 3, 3].map(uuidOf));
  const settled = tablesOf(output.path)['load.csv']?.split('\n').sort();
  await collateAll({ output: output.path, rebuild: true });
  expect(tablesOf(output.path)['load.csv']?.split('\n').sort()).toEqual(settled);
});

test.each<[invariant: string, shape: LoadLogShape, reason: RegExp]>([
  [
    'a first token before the last',
    { stages: [{ requests: [{ firstTokenNs: 1.075e9, lastTokenNs: 1.07e9, gapsNs: [] }] }] },
    /request 0 of stage 0 had its last token before its first/,
  ],
  [
    'a first token after t0',
    { stages: [{ requests: [{ scheduledNs: 1.05e9, sentNs: 1.049e9, firstTokenNs: 1.05e9, gapsNs: [10e6, 10e6] }] }] },
    /time to first token of 0 ns, not above 0/,
  ],
  [
    'sending in order',
    { stages: [{ requests: [{}, { sentNs: 1e9 - 1, scheduledNs: 1e9 - 1 }] }] },
    /request 1 of stage 0 was sent before the one it follows/,
  ],
  ['sending when due', { stages: [{ requests: [{ scheduledNs: 1.04e9 }] }] }, /was sent 40000000 ns before it was due/],
  ['every request', { stages: [{ requests: [{}, { index: 2 }] }] }, /request 2 of stage 0 stands where request 1/],
  ['as many as claimed', { stages: [{ stage: { requests: 5 } }] }, /claims 5 requests, but 4 are logged/],
  ['gaps that add up', { stages: [{ requests: [{ gapsNs: [1e6, 1e6] }] }] }, /gaps that sum to 2000000 ns/],
  ['an end or a failure', { stages: [{ requests: [{ stop: null }] }] }, /neither ended nor failed/],
  [
    'tokens at some instant',
    { stages: [{ requests: [{ firstTokenNs: null, lastTokenNs: null, gapsNs: [] }] }] },
    /has 3 tokens, but no instant/,
  ],
  ['requests within their stage', { stages: [{ stage: { endNs: 1.2e9 } }] }, /has request 2 outside of its time/],
  ['stages in order', { stages: [{ stage: { stage: 1 } }] }, /stage 1 stands where stage 0 belongs/],
  ['a stage', { stages: [] }, /a completed load test without a stage/],
  ['its own workload', { header: { workload: 'qa' } }, /a line of load request in a run of the workload qa/],
])('a load log that breaks "%s" is named and not comparable', async (_, shape, reason) => {
  const { run, summary } = await collated(shape);
  const found = summary.problems.filter((problem) => problem.kind === 'broken_invariant');
  expect(found.map((problem) => problem.reason)).toContainEqual(expect.stringMatching(reason));
  expect(run).toMatchObject({ comparable: false, warnings: 'broken_invariant' });
});

import { expect, test } from 'vitest';
import { collateAll } from '../../collate/incremental/collate-all.ts';
import { readTable } from '../../collate/tables/read.ts';
import type { RunRecord } from '../../scripts/log/run-log-format.ts';
import { poolTable } from '../../scripts/workloads/pool/tables.ts';
import { outputFolder } from './output-folder.ts';
import { cycle, level, poolLog, recovery, recoveryRequests, request } from './pool-log.ts';
import { uuidOf } from './run-records.ts';

async function collated(...records: RunRecord[]) {
  const output = outputFolder();
  output.log(poolLog(records));
  const { problems, rows } = await collateAll({ output: output.path });
  return { problems: problems.map(({ reason }) => reason), written: rows, rows: readTable(output.path, poolTable) };
}

test('a resource pool test becomes a row per level, per fault and for its load cycles', async () => {
  const { problems, written, rows } = await collated(
    level(),
    request(),
    request({ request: 1, worker: 1, startNs: 10.5e9, tokensInTime: 5 }),
    recovery(),
    ...recoveryRequests,
    cycle(0, 90e6),
    cycle(1, 100e6),
    cycle(2, 110e6),
    cycle(3, 130e6),
  );
  expect(problems).toEqual([]);
  expect(written).toMatchObject({ pool: 3, runs: 1, answers: 0 });
  expect(rows).toMatchObject([
    {
      uuid: uuidOf(1),
      kind: 'engines',
      level: 0,
      concurrency: 2,
      models: 'tiny-llama f16',
      seconds: 2,
      answered: 2,
      failed: 0,
      // 10 tokens of one client, 5 of the other before the deadline, in two seconds.
      tokens_per_s: 7.5,
      worker_tokens_per_s: 3.75,
      worker_tokens_per_s_min: 2.5,
      // (10 + 5)^2 / (2 * (100 + 25))
      fairness: 0.9,
      ttft_count: 2,
      ttft_p50_ms: 100,
      ttft_p95_ms: null,
      tpot_p50_ms: 10,
      resident_bytes: 200e6,
      proportional_bytes: 160e6,
      shared_bytes: 40e6,
      engine_bytes: 60e6,
      gone_ms: null,
      device: 'cpu',
      hostname: 'host',
    },
    {
      kind: 'killed',
      requests: 3,
      answered: 2,
      repeated: 1,
      failed: 1,
      lost: 0,
      gone_ms: 50,
      ready_ms: 3000,
      answered_ms: 3500,
      note: 'one of 2 engines was killed',
    },
    // 130 MB after the last unload, 100 MB after the second: two cycles between.
    { kind: 'cycles', cycles: 4, overhead_bytes: 140e6, growth_bytes: 30e6, growth_per_cycle_bytes: 15e6 },
  ]);
});

test.each<[string, RunRecord[], RegExp]>([
  ['is told of twice', [level(), request(), request()], /request 0 of 0 has two records/],
  ['is told of nowhere', [recovery({ sent: 4 }), ...recoveryRequests], /4 requests were sent, and 3 are recorded/],
  ['ends before it starts', [level(), request({ endNs: 1 })], /instants that do not ascend/],
  ['has more tokens in time than tokens', [level(), request({ tokensInTime: 11 })], /10 tokens, and 11 of them/],
])('a request that %s breaks an invariant', async (_what, records, says) => {
  const { problems } = await collated(...records);
  expect(problems.join('\n')).toMatch(says);
});

test('memory that several processes share cannot be more than they have', async () => {
  const record = level();
  const { problems } = await collated({ ...record, memory: { ...record.memory, proportionalBytes: 300e6 } });
  expect(problems.join('\n')).toMatch(/proportional set size 300000000 B is above the resident 200000000 B/);
});

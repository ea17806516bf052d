import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { countedRuns } from '../../../collate/analysis/counted-runs.ts';
import { collateAll } from '../../../collate/incremental/collate-all.ts';
import { openForWriting, storePath } from '../../../collate/store/database.ts';
import { fillStore } from '../../../collate/store/fill.ts';
import { requiredViews, standardViews } from '../../../collate/store/standard-views.ts';
import { readTable } from '../../../collate/tables/read.ts';
import { runsTable } from '../../../scripts/results/runs/runs.ts';
import { outputFolder } from '../output-folder.ts';
import { parityLog } from '../parity-log.ts';
import { rowsOf } from './store-rows.ts';

test('a query changes nothing and reads no other file', async () => {
  const output = outputFolder();
  output.log();
  await fillStore({ output: output.path });
  const stolen = join(output.path, 'stolen.csv');
  for (const sql of [
    'DELETE FROM runs',
    'DROP VIEW failures',
    'CREATE TABLE more (x INTEGER)',
    `COPY runs TO '${stolen}'`,
    `SELECT * FROM read_text('/etc/hostname')`,
    `SELECT * FROM '/etc/hostname'`,
    `ATTACH '${join(output.path, 'other.duckdb')}'`,
    'SET enable_external_access = true',
    'INSTALL httpfs',
    'SELECT no_such_column FROM runs',
    'no sql at all',
  ]) {
    await expect(rowsOf(output.path, sql), sql).rejects.toMatchObject({
      exitCode: 2,
      remedy: expect.stringContaining('info'),
    });
  }
  expect(existsSync(stolen)).toBe(false);
  expect(await rowsOf(output.path, 'SELECT count(*) AS runs FROM runs')).toEqual([{ runs: 1 }]);
}, 30_000);

test('the views of the requirement have its columns', async () => {
  const output = outputFolder();
  output.log({ number: 1, header: { workload: 'qa' } });
  output.log({ number: 2, end: { status: 'failed', error: { message: 'broken' } } });
  await fillStore({ output: output.path });
  const [run] = await rowsOf(output.path, 'FROM benchmark_runs ORDER BY id');
  expect(run).toEqual({
    id: '00000000-0000-4000-8000-000000000001',
    timestamp: '2026-03-01T12:01:00.000Z',
    model_id: 'tiny-llama',
    device: 'cpu',
    architecture_type: 'llama',
    parameter_count: 500_000,
    description: 'llamacpp 1.0 qa tiny f16 completed',
  });
  const results = await rowsOf(output.path, 'FROM benchmark_results');
  expect(results).toHaveLength(1);
  const [result] = results;
  expect(Object.keys(result ?? {})).toEqual([
    'run_id',
    'batch_size',
    'sequence_length',
    'precision',
    'latency_ms',
    'throughput_samples_per_sec',
    'memory_usage_mb',
    'first_token_latency_ms',
    'peak_memory_mb',
    'device_metrics',
  ]);
  // TTFT 50 ms and two gaps of 10 ms.
  expect(result).toMatchObject({
    run_id: run?.id,
    batch_size: 1,
    precision: 'f16',
    latency_ms: 70,
    first_token_latency_ms: 50,
  });
  expect(result?.throughput_samples_per_sec).toBeCloseTo(1000 / 70, 9);
  // This run recorded nothing of its hardware, and what is not known is left out.
  expect(result?.device_metrics).toBe('{}');
}, 30_000);

test('runs count in the views as they do in the analysis', async () => {
  const output = outputFolder();
  const session = (order: number, attempt: number, more = {}) => ({
    header: { session: { uuid: '00000000-0000-4000-8000-00000000abcd', iteration: 0, order, attempt, ...more } },
  });
  output.log({ number: 1, ...session(0, 0) });
  output.log({ number: 2, ...session(0, 1) });
  output.log({ number: 3, ...session(1, 0, { twin: true }) });
  output.log({ number: 4, end: null });
  output.log(parityLog({ number: 5 }));
  output.log({ number: 6, framework: 'pytorch' });
  await collateAll({ output: output.path });
  await fillStore({ output: output.path });
  const counted = countedRuns(readTable(output.path, runsTable)).map(({ uuid }) => uuid);
  const inStore = await rowsOf(output.path, 'SELECT uuid FROM counted_runs');
  expect(counted.length).toBeGreaterThan(1);
  expect(inStore.map(({ uuid }) => uuid).sort()).toEqual(counted.sort());
  for (const view of [...standardViews, ...requiredViews]) {
    const rows = await rowsOf(output.path, `SELECT count(*) AS n FROM ${view}`);
    expect([view, Number(rows[0]?.n) > 0]).toEqual([view, true]);
  }
  const [latency] = await rowsOf(
    output.path,
    "SELECT run_p50_ms, tokens FROM token_latency WHERE framework = 'pytorch'",
  );
  // Two measured answers with two gaps of 10 ms each.
  expect(latency).toEqual({ run_p50_ms: 10, tokens: 4 });
}, 30_000);

test('while the store is being filled, its Parquet files answer', async () => {
  const output = outputFolder();
  output.log({ number: 1, answers: [{ texts: ['one', 'two', 'three'] }] });
  await fillStore({ output: output.path });
  const rows = await rowsOf(output.path, 'FROM flat.tokens ORDER BY step');
  const writer = await openForWriting(storePath(output.path));
  try {
    // Another process has the file: that of the query.
    const script = `
      const { rowsOf } = await import(${JSON.stringify(new URL('./store-rows.ts', import.meta.url).href)});
      process.stdout.write(JSON.stringify(await rowsOf(${JSON.stringify(output.path)}, 'FROM flat.tokens ORDER BY step')));
    `;
    const tsx = import.meta.resolve('tsx');
    const asked = spawnSync(process.execPath, ['--import', tsx, '--input-type=module', '--eval', script], {
      encoding: 'utf8',
    });
    expect(asked.stderr).toMatch(new RegExp(`in use by process ${process.pid}: its Parquet files answer`));
    expect(JSON.parse(asked.stdout)).toEqual(rows);
  } finally {
    writer.close();
  }
}, 60_000);

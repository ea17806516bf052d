/** The promise of a sweep: killed with -9 at any moment and started again, it ends with each result once. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collateAll } from '../../../../collate/incremental/collate-all.ts';
import { readTable } from '../../../../collate/tables/read.ts';
import { headerSchema } from '../../../../scripts/log/run-log-format.ts';
import { runsTable } from '../../../../scripts/results/runs/runs.ts';
import { killAtRandom, logsIn } from '../../../fakes/kill-sweep.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';
import { skipped } from '../../../fakes/skipped.ts';

const seed = Number(process.env.TOKENLAP_TEST_SEED ?? Date.now() % 1_000_000);

/** Each cell has one completed log, and collating finds just these. */
async function expectEachOnce(output: string, logs: string, cells: number): Promise<void> {
  const texts = logsIn(logs).map((path) => readFileSync(path, 'utf8'));
  // Killed between opening its log and writing the first line, a run leaves an empty file.
  const begun = texts.filter((text) => text !== '');
  const all = begun.map((text) => {
    const lines = text.split('\n');
    const header = headerSchema.parse(JSON.parse(lines[0] ?? ''));
    return { cell: header.sweep?.cell, completed: lines.at(-2)?.startsWith('{"type":"end","status":"completed"') };
  });
  const completed = all.filter((log) => log.completed);
  expect(completed).toHaveLength(cells);
  expect(new Set(completed.map(({ cell }) => cell)).size).toBe(cells);
  // A run is killed in its middle now and then, or this shows little.
  expect(all.length).toBeGreaterThan(cells);

  await collateAll({ output });
  const rows = readTable(output, runsTable);
  const done = rows.filter(({ status }) => status === 'completed');
  expect(done).toHaveLength(cells);
  expect(new Set(done.map(({ sweep_cell }) => sweep_cell)).size).toBe(cells);
  expect(rows.filter(({ status }) => status !== 'completed').map(({ status }) => status)).toEqual(
    new Array(all.length - cells).fill('killed'),
  );
}

describe('a sweep of 200 cells that is killed twenty times', () => {
  it('ends with exactly its 200 results, none twice', async () => {
    const output = outputFolder();
    const file = join(output, 'sweep.json');
    // 2 formats x 10 seeds x 5 token limits x 2 iterations
    const sweep = {
      name: 'killed',
      framework: 'scripted',
      quantize: ['f16', 'float16'],
      seed: { from: 1, to: 10, step: 1 },
      maxTokens: { from: 1, to: 16, factor: 2 },
      iterations: 2,
    };
    writeFileSync(file, JSON.stringify(sweep));
    const logs = join(output, 'raw', 'scripted');
    const { moments, last, said } = await killAtRandom({
      script: 'test/fakes/scripted-sweep.ts',
      ahead: true,
      args: [file, '--output', output, '--no-monitor', '--json'],
      logs,
      kills: 20,
      // At most 20 x 9 of 200 are begun before the last kill.
      mostLogs: 8,
      mostMs: 60,
      seed,
    });
    console.log(`seed ${seed} (TOKENLAP_TEST_SEED repeats it); killed after ${moments.join('; ')}`);
    expect(moments).toHaveLength(20);
    expect(last, said).toBe(0);
    await expectEachOnce(output, logs, 200);
  }, 400_000);

  const real = process.env.TOKENLAP_KILL_LLAMACPP !== undefined;
  const reason = 'a killed sweep of llama.cpp: it takes minutes; TOKENLAP_KILL_LLAMACPP=1 runs it';
  it.skipIf(skipped(!real, reason))(
    'does so with llama.cpp and the embedded model',
    async () => {
      const output = outputFolder();
      const file = join(output, 'sweep.json');
      const sweep = {
        name: 'killed',
        framework: 'llamacpp',
        size: 'tiny',
        quantize: ['f16', 'q8_0'],
        seed: { from: 1, to: 100, step: 1 },
        maxTokens: 8,
        threads: 1,
        warmup: 0,
      };
      writeFileSync(file, JSON.stringify(sweep));
      const logs = join(output, 'raw', 'llamacpp');
      const startMs = performance.now();
      const { moments, last, said } = await killAtRandom({
        script: 'scripts/sweep.ts',
        ahead: false,
        args: [file, '--output', output],
        logs,
        kills: 20,
        mostLogs: 8,
        mostMs: 800,
        seed,
      });
      const seconds = Math.round((performance.now() - startMs) / 1000);
      console.log(`seed ${seed}; ${seconds} s; killed after ${moments.join('; ')}\n${said.slice(-600)}`);
      expect(last, said).toBe(0);
      await expectEachOnce(output, logs, 200);
    },
    3_600_000,
  );
});

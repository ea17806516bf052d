/** A whole comparison, with builds whose speed is known in place of engines: logs, tables, suspects, second stage, verdict. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { CellRun, CellRunRequest } from '../../../../scripts/compare/ci/cell-run.ts';
import { compareBuilds, type GateQuestion } from '../../../../scripts/compare/ci/comparison.ts';
import { type CellOptions, cellOptionsSchema } from '../../../../scripts/compare/sweeps/cell.ts';
import { seededRandom } from '../../../../scripts/statistics/seeded-random.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';
import { simulateRun } from '../../../fakes/simulated-run.ts';

const options: CellOptions = cellOptionsSchema.parse({ framework: 'llamacpp', size: 'tiny' });

function questionIn(output: string): GateQuestion {
  return {
    plan: {
      schema: 'tokenlap.gate/1',
      suite: 'paper',
      command: ['npx', 'tsx', 'scripts/ci-benchmark.ts'],
      builds: { base: { words: 'main', mark: 'aaaa' }, head: { words: 'tree', mark: 'bbbb' } },
      runs: 8,
      mostRuns: 16,
      cells: [
        { number: 1, words: 'the slower one' },
        { number: 2, words: 'the same' },
      ],
      problems: [],
    },
    builds: { base: { root: 'base' }, head: { root: 'head' } },
    options: new Map([
      [1, options],
      [2, options],
    ]),
    output,
    seed: 1,
  };
}

const silent = { update: () => {}, stage: () => {}, end: () => {} };
const rowsSchema = z.object({
  rows: z.array(
    z.object({ cell: z.string(), metric: z.string(), verdict: z.string(), runs: z.object({ base: z.number() }) }),
  ),
});
const rowsIn = (output: string) => rowsSchema.parse(JSON.parse(readFileSync(join(output, 'gate.json'), 'utf8'))).rows;

it('measures only suspects again, and confirms a head that takes a tenth longer for a token', async () => {
  const output = outputFolder();
  const random = seededRandom(3);
  const asked: CellRunRequest[] = [];
  const measured = async (request: CellRunRequest): Promise<CellRun> => {
    asked.push(request);
    const { build, sweep, iteration } = request;
    const slow = build.root === 'head' && sweep.endsWith('.1') ? 1.1 : 1;
    const noise = 1 + 0.01 * (random() - 0.5);
    await simulateRun(output, {
      number: asked.length,
      framework: 'llamacpp',
      truth: { ttftMs: 500 * noise, gapMs: 20 * slow * noise, tokens: 8 },
      sweep: { name: sweep, cell: '0123456789abcdef', iteration, attempt: 0 },
    });
    return { kind: 'completed' };
  };
  expect(await compareBuilds(questionIn(output), silent, new AbortController().signal, measured)).toBe(true);
  const again = asked.slice(32);
  expect(again.length).toBeGreaterThanOrEqual(16);
  expect(again.every(({ sweep }) => /^paper\.(base\.aaaa|head\.bbbb)\.confirm\.1$/.test(sweep))).toBe(true);
  const decode = rowsIn(output).filter(({ metric }) => metric === 'decode_tokens_per_s');
  expect(decode.map(({ cell, verdict }) => [cell, verdict])).toEqual([
    ['the slower one', 'regression'],
    ['the same', 'unchanged'],
  ]);
  expect(decode[0]?.runs.base).toBe(again.length / 2);
}, 240_000);

it('tries a cell that fails twice no more, and keeps the reason', async () => {
  const output = outputFolder();
  const question = questionIn(output);
  let runs = 0;
  const measured = async ({ build, sweep, iteration }: CellRunRequest): Promise<CellRun> => {
    runs++;
    if (build.root === 'head' && sweep.endsWith('.2')) return { kind: 'failed', reason: 'failed: it crashed' };
    await simulateRun(output, {
      number: runs,
      framework: 'llamacpp',
      truth: { ttftMs: 500, gapMs: 20, tokens: 8 },
      sweep: { name: sweep, cell: '0123456789abcdef', iteration, attempt: 0 },
    });
    return { kind: 'completed' };
  };
  await compareBuilds(question, silent, new AbortController().signal, measured);
  expect(runs).toBeLessThan(16 + 6);
  expect(question.plan.problems).toEqual([{ cell: 2, side: 'head', reason: 'failed: it crashed' }]);
  const insufficient = rowsIn(output).filter(({ verdict }) => verdict === 'insufficient');
  expect(insufficient.length).toBeGreaterThan(0);
  expect(insufficient.every(({ cell }) => cell === 'the same')).toBe(true);
}, 240_000);

it('ends with what it has when it is interrupted', async () => {
  const stop = new AbortController();
  let runs = 0;
  const measured = async (): Promise<CellRun> => {
    runs++;
    if (runs === 3) stop.abort();
    return { kind: 'completed' };
  };
  expect(await compareBuilds(questionIn(outputFolder()), silent, stop.signal, measured)).toBe(false);
  expect(runs).toBe(3);
});

/** What every view of the dashboard has something to show of, made in memory with a seed. */
import { historiesOf } from '../../../collate/regressions/trend/history.ts';
import { judgeSeries } from '../../../collate/regressions/trend/judge.ts';
import { TokenCollector } from '../../../plots/dashboard/packing/tokens.ts';
import { type PlotData, plotData } from '../../../plots/data/plot-data.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import { isRow } from '../../../scripts/results/table.ts';
import { seededRandom } from '../../../scripts/statistics/seeded-random.ts';
import { type TokenRow, tokenColumns } from '../../../scripts/workloads/questions/tables.ts';
import { nightlyRuns } from '../../collate/regressions/nightly-runs.ts';
import { lengthRuns } from '../kernel-rows.ts';
import { loadRuns, rampRows } from '../load-factory.ts';
import { manyGroups } from '../many-groups.ts';
import { memoryRowsOf, memoryRun, memoryShapes } from '../memory-rows.ts';
import { levels } from '../pool-rows.ts';

const titles: Readonly<Record<string, string>> = { llamacpp: 'llama.cpp', pytorch: 'PyTorch', onnx: 'ONNX Runtime' };

/** A fall by twelve per cent after thirty nights. */
const nights = nightlyRuns(50, (night) => ({ rate: night < 30 ? 50 : 44, row: { hostname: 'nightly-box' } }));

/** Fourteen frameworks on three hosts, a history with a fall, kernel lengths, memory over time, a pool and a load test. */
export function everything(others: readonly RunRow[] = []): PlotData {
  const many = manyGroups();
  const ofMemory = memoryShapes.map((shape) => ({ ...memoryRun(shape), hostname: 'memory-box' }));
  const pooled = { ...memoryRun(memoryShapes[0] ?? never()), uuid: 'one', workload: 'pool' };
  const runs = [
    ...many.runs.map((run, i) => ({ ...run, started_at: new Date(Date.UTC(2026, 10, 20, 10, i)).toISOString() })),
    ...nights,
    ...lengthRuns(2, { hostname: 'kernel-box' }),
    ...ofMemory,
    pooled,
    ...loadRuns(rampRows()),
    ...others,
  ].map((run) => ({
    ...run,
    framework_title: titles[run.framework ?? ''] ?? run.framework,
    active_parameters: run.parameters,
  }));
  return plotData(runs, {
    hardware: many.hardware,
    memory: new Map(memoryShapes.map((shape, i) => [ofMemory[i]?.uuid ?? '', memoryRowsOf(shape, ofMemory[i])])),
    pool: levels('one'),
    load: rampRows(),
    trend: judgeSeries(historiesOf(runs), []),
  });
}

function never(): never {
  throw new Error('no shape of memory');
}

const words = [' the', ' answer', ' is', ' <b>', '&amp;', '\n', ' 42'];

/** @param answers of each run of the questions, the first one cold */
export function tokensOf(runs: readonly RunRow[], { answers = 3, tokens = 30 } = {}): TokenCollector {
  const random = seededRandom(3);
  const collector = new TokenCollector();
  const shared: Record<string, null> = Object.fromEntries(tokenColumns.map(({ name }) => [name, null]));
  const of = (run: RunRow, answer: number, step: number, atMs: number, ms: number): TokenRow => {
    const phase = answer === 0 ? 'cold' : 'measured';
    const own = { uuid: run.uuid, framework: run.framework, answer, step, phase, at_ms: atMs, total_latency_ms: ms };
    const row = { ...shared, ...own, generated_text: words[step % words.length] ?? '', token_id: step };
    if (!isRow(row, tokenColumns)) throw new Error('not a token');
    return row;
  };
  for (const run of runs) {
    if (run.workload !== 'qa' || run.status !== 'completed') continue;
    let atMs = 1000;
    for (let answer = 0; answer < answers; answer++) {
      for (let step = 0; step < tokens; step++) {
        const ms = step === 0 ? (run.ttft_ms ?? 100) : (run.tpot_ms ?? 10) * (0.95 + 0.1 * random());
        atMs += ms;
        collector.add(of(run, answer, step, atMs, ms));
      }
    }
  }
  return collector;
}

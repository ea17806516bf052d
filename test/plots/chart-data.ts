/** Data that each chart has something to draw of. */
import { historiesOf } from '../../collate/regressions/trend/history.ts';
import { judgeSeries } from '../../collate/regressions/trend/judge.ts';
import { type PlotData, plotData } from '../../plots/data/plot-data.ts';
import { comparisonOf, madeRuns } from '../collate/comparing/made-sides.ts';
import { nightlyRuns } from '../collate/regressions/nightly-runs.ts';
import { accuracyRun, taskRow } from './accuracy-rows.ts';
import { lengthRuns } from './kernel-rows.ts';
import { loadRuns, rampRows } from './load-factory.ts';
import { memoryData, memoryShapes } from './memory-rows.ts';
import { profiled } from './operator-rows.ts';
import { levels } from './pool-rows.ts';
import { pythonComparison } from './python-frameworks.ts';
import { dataOf } from './row-factory.ts';

const four = ['llamacpp', 'pytorch', 'tinygrad', 'onnx'];
export const rich = dataOf({ frameworks: four, quantizations: ['F16', 'Q8_0'], hosts: ['box-1', 'box-2'], runs: 3 });
const answered = ['F16', 'Q8_0'].map((quantize) => accuracyRun(quantize, { quantize }));
const tasks = plotData(answered, { accuracy: answered.map((run) => taskRow(run, 90, 100)) });
export const python = { ...pythonComparison(), pool: levels('one') };
export const load = plotData(loadRuns(rampRows()), { load: rampRows() });
const memory = memoryData(memoryShapes);
/** The same measured at the client of a server. */
export const served = plotData(
  rich.runs.map((run) => ({ ...run, device: 'server' })),
  { latencies: rich.latencies },
);
const lengths = plotData(lengthRuns(3));

const compared = plotData([], {
  comparison: comparisonOf(
    [
      ...madeRuns(),
      ...madeRuns({ row: { framework: 'onnx' }, noise: 0.03 }),
      ...madeRuns({ runs: 3, row: { threads: 4 } }),
    ],
    [
      ...madeRuns({ seed: 2, speed: 0.93, row: { framework_version: '2.0' } }),
      ...madeRuns({ seed: 3, row: { framework: 'onnx' }, noise: 0.03 }),
      ...madeRuns({ seed: 4, runs: 3, row: { threads: 4 } }),
    ],
  ),
});
/** A fall and a rise, a night that was disturbed, and a level that somebody accepted. */
const nights = nightlyRuns(60, (night) => ({
  rate: night < 25 ? 50 : night < 45 ? 44 : 47,
  ...(night % 17 === 5 ? { rate: 38, row: { certificate: 'failed', certificate_failed: 'others_cpu' } } : {}),
}));
const overTime = plotData(nights, { trend: judgeSeries(historiesOf(nights), []) });

export function dataFor(chart: string): PlotData {
  if (chart.endsWith('_scaling')) return lengths;
  if (chart.startsWith('load_')) return load;
  if (chart === 'comparison') return compared;
  if (chart === 'trend') return overTime;
  if (chart === 'memory_over_time') return memory;
  if (chart === 'operator_times') return profiled;
  if (chart === 'arrival_distribution') return served;
  return chart === 'quality_pareto' ? tasks : python;
}

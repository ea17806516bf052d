/**
 * Prints how good predictions are, on simulated hosts with a known truth and on what was measured: the table of
 * docs/recommendations.md.
 *
 *     npx tsx test/collate/recommending/prediction-truth.ts
 *     npx tsx test/collate/recommending/prediction-truth.ts 1 2 3 4
 */
import { groupBy } from '../../../collate/analysis/group-by.ts';
import { quantities } from '../../../collate/recommending/learning/predictor.ts';
import { table } from '../../../scripts/command-line/terminal.ts';
import { accuracyOf, type Judged, judgeHidden, wrongFits } from './accuracy.ts';
import { simulate, simulatedCosts } from './simulated-hosts.ts';

/** Fixed before the first look at them; the predictor was made with 1 to 4. */
export const freshSeeds = [101, 102, 103, 104, 105, 106];

const seeds = process.argv.slice(2).map(Number);
const costs = simulatedCosts();
const simulations = (seeds.length > 0 ? seeds : freshSeeds).map((seed) => simulate(seed, costs));
const percent = (share: number | null) => (share === null ? '' : `${(100 * share).toFixed(1)} %`);

for (const quantity of quantities) {
  const judged = simulations.flatMap(({ measured, hidden }) => judgeHidden(quantity, measured, hidden));
  const rows = groupBy(judged, ({ step }) => [step]).map((ofStep) => rowOf(ofStep[0].step, ofStep));
  process.stdout.write(
    `${quantity}\n${table(['step', 'n', 'median', 'p90', 'covered', 'rule median', 'rule p90'], rows)}\n\n`,
  );
  if (quantity === 'memory')
    process.stdout.write(`wrong fits ${percent(wrongFits(judged, [5e8, 1e9, 2e9, 4e9, 8e9]))}\n`);
}

function rowOf(name: string, judged: readonly Judged[]): string[] {
  const { count, median, p90, coverage, ruleMedian, ruleP90 } = accuracyOf(judged);
  return [name, String(count), ...[median, p90, coverage, ruleMedian, ruleP90].map(percent)];
}

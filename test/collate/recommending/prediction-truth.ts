/**
 * Prints how good predictions are, on what was measured and on simulated hosts with a known truth: the tables of
 * docs/recommendations.md. Takes some minutes.
 *
 *     npx tsx test/collate/recommending/prediction-truth.ts
 *     npx tsx test/collate/recommending/prediction-truth.ts 1 2 3 4
 */
import { groupBy } from '../../../collate/analysis/group-by.ts';
import { type Quantity, quantities } from '../../../collate/recommending/learning/predictor.ts';
import type { Step } from '../../../collate/recommending/learning/steps.ts';
import { table } from '../../../scripts/command-line/terminal.ts';
import { accuracyOf, type Judged, judgeHidden, judgeLeftOut, regrets, wrongFits } from './accuracy.ts';
import { measuredObservations } from './measured-results.ts';
import { simulate, simulatedCosts } from './simulated-hosts.ts';

/** Fixed before the first look at them; the model of time and memory was made with 1 to 4. */
const freshSeeds = [201, 202, 203, 204, 205, 206];
const limitsBytes = [3e8, 5e8, 1e9, 2e9, 4e9, 8e9];
const steps: readonly Step[] = ['combination', 'format', 'size', 'format and size', 'framework'];

const typed = process.argv.slice(2).map(Number);
const observations = measuredObservations();
const costs = simulatedCosts();
const simulations = (typed.length > 0 ? typed : freshSeeds).map((seed) => simulate(seed, costs));

for (const quantity of quantities) {
  print(
    `${quantity}, measured`,
    steps.flatMap((step) => judgeLeftOut(quantity, observations, step)),
    quantity,
  );
  const judged = simulations.flatMap(({ measured, hidden }) => judgeHidden(quantity, measured, hidden));
  print(`${quantity}, simulated`, judged, quantity);
}

function print(title: string, judged: readonly Judged[], quantity: Quantity): void {
  const rows = groupBy(judged, ({ step }) => [step]).map((ofStep) => rowOf(ofStep[0].step, ofStep));
  const lines = [title, table(['step', 'n', 'median', 'p90', 'covered', 'rule median', 'rule p90'], rows)];
  if (quantity === 'memory') lines.push(`wrong answers to "does it fit": ${percent(wrongFits(judged, limitsBytes))}`);
  if (quantity === 'decode') {
    for (const ofStep of groupBy(judged, ({ step }) => [step])) {
      const lost = regrets(ofStep).sort((a, b) => a - b);
      lines.push(
        `regret, ${ofStep[0].step}: median ${percent(lost[Math.floor(lost.length / 2)] ?? 0)}, mean ${percent(lost.reduce((sum, each) => sum + each, 0) / lost.length)}`,
      );
    }
  }
  process.stdout.write(`${lines.join('\n')}\n\n`);
}

function rowOf(name: string, judged: readonly Judged[]): string[] {
  const { count, median, p90, coverage, ruleMedian, ruleP90 } = accuracyOf(judged);
  return [name, String(count), ...[median, p90, coverage, ruleMedian, ruleP90].map(percent)];
}

function percent(share: number | null): string {
  return share === null ? '' : `${(100 * share).toFixed(1)} %`;
}

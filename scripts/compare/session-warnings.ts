/** Warnings of a comparison about its own runs, each with the option that helps. */

import { fewestForInterval, fewestForOutliers, isFarOff, median, modifiedZScores } from '../statistics/statistics.ts';
import { fewestForVerdict, smallestEffect } from '../statistics/verdict.ts';
import { type ComparedTrial, type Metric, ratesOf } from '../workloads/trials.ts';

export function sessionWarnings(cells: readonly ComparedTrial[], metric: Metric): string[] {
  return cells.flatMap((cell) => cellWarnings(`${cell.framework} ${cell.quantize}`, ratesOf(cell, metric)));
}

function cellWarnings(name: string, rates: readonly number[]): string[] {
  if (rates.length === 0) return [];
  if (rates.length < fewestForInterval) {
    return [
      `${name}: ${rates.length === 1 ? 'one run has' : 'two runs have'} no interval; take --iterations ${fewestForVerdict} or more`,
    ];
  }
  if (rates.length < fewestForOutliers) return [];
  const scores = modifiedZScores(rates);
  const center = median(rates);
  const far = rates.flatMap((rate, i) => (isFarOff(rate, scores[i] ?? 0, center, smallestEffect) ? [{ rate, i }] : []));
  const [first, ...others] = far;
  if (first?.i === 0 && others.length === 0) {
    const percent = Math.abs((first.rate / center - 1) * 100).toFixed(0);
    return [
      `${name}: the first run was ${percent} % ${first.rate < center ? 'slower' : 'faster'} than the others: files or clocks were not warm yet. Run the same again, or let more runs outvote it with --iterations N`,
    ];
  }
  if (far.length === 0) return [];
  return [
    `${name}: ${far.length} of ${rates.length} runs lie far from the others (modified z above 3.5); they stay in the mean. Close what else runs and measure again, or let more runs outvote them: --iterations N or --until 2%`,
  ];
}

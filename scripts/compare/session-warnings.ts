/** What a comparison says about its own runs: warnings, each with the option that helps, and why some are in no sample. */

import { titleOfFramework } from '../frameworks/registry.ts';
import type { NotRun } from '../run/refusal.ts';
import { fewestForInterval, fewestForOutliers, isFarOff, median, modifiedZScores } from '../statistics/statistics.ts';
import { fewestForVerdict, smallestEffect } from '../statistics/verdict.ts';
import { type ComparedTrial, type Metric, rateOf, ratesOf } from '../workloads/trials.ts';

export function sessionWarnings(cells: readonly ComparedTrial[], metric: Metric): string[] {
  return cells.flatMap((cell) =>
    cellWarnings(`${titleOfFramework(cell.framework)} ${cell.quantize}`, ratesOf(cell, metric)),
  );
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

export function failures({ framework, quantize, runs, problems }: ComparedTrial): NotRun[] {
  const failedRuns = runs
    .filter((run) => run.status !== 'completed')
    .map((run) => ({
      framework,
      quantize,
      status: run.status,
      reason: run.error?.message ?? 'no reason given',
      remedy: run.error?.remedy ?? null,
    }));
  return [...failedRuns, ...problems.map((problem) => ({ framework, quantize, ...problem }))];
}

export function withoutParity({ framework, quantize, parity }: ComparedTrial): NotRun[] {
  if (parity?.status !== 'not judged' || !parity.loaded || parity.cause === 'interrupted') return [];
  return [{ framework, quantize, status: parity.cause, reason: parity.reason, remedy: parity.remedy }];
}

/** A run that completed and has no rate is in no sample, and says why. */
export function withoutRate({ framework, quantize, runs }: ComparedTrial, metric: Metric): NotRun[] {
  const silent = runs.filter((run) => run.status === 'completed' && typeof rateOf(run, metric) !== 'number');
  return silent.map(({ warnings }) => {
    const why =
      warnings.find(({ code }) => code === 'held_back') ?? warnings.find(({ code }) => code === 'empty_answers');
    const reason = why?.message ?? 'no answer is long enough for a rate';
    return { framework, quantize, status: 'no rate', reason, remedy: null };
  });
}

/** What quantisation costs and gains, and how rates change with length and load. */
import { frameworkTitle } from '../../../collate/analysis/framework-title.ts';
import { groupBy } from '../../../collate/analysis/group-by.ts';
import { counted, roundPercent, significant } from '../../../scripts/command-line/format.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import type { AccuracyRow } from '../../../scripts/workloads/accuracy/tables.ts';
import { concurrencyThroughput } from '../../charts/concurrency.ts';
import { lengthScaling } from '../../charts/kernel-scaling.ts';
import { loadThroughput } from '../../charts/load.ts';
import { qualityPareto } from '../../charts/quality-pareto.ts';
import { quantizationImpact } from '../../charts/quantization-impact.ts';
import { slideSheet } from '../../charts/sheet.ts';
import { latestTasks } from '../../data/accuracy-results.ts';
import type { Group } from '../../data/groups.ts';
import { levelMean, poolPanels } from '../../data/pool-series.ts';
import { chartWidth } from '../../render/theme.ts';
import { chartSlide } from '../chart-slide.ts';
import type { SlideOf } from '../slide.ts';

/** Quality beside speed. */
export const paretoSlide: SlideOf = ({ data, main }) => {
  const accuracy = data.accuracy.filter((row) => main === undefined || isBeside(row, main));
  return chartSlide({ chart: qualityPareto, data: { ...data, accuracy }, otherwise: qualitySpan(accuracy) });
};

function qualitySpan(accuracy: readonly AccuracyRow[]): string {
  const shares = latestTasks(accuracy).flatMap(({ correct_share: share }) => share ?? []);
  if (shares.length > 0) {
    const [least, most] = [Math.min(...shares), Math.max(...shares)].map(roundPercent);
    return `The best result answers ${most} of the items correctly, the worst ${least}`;
  }
  const perplexities = accuracy.flatMap(({ perplexity }) => perplexity ?? []);
  const [least, most] = [Math.min(...perplexities), Math.max(...perplexities)].map((value) => significant(value));
  return least === most
    ? `All results have a perplexity of ${least}`
    : `Perplexity is ${least} at best and ${most} at worst`;
}

/** The framework that leads, in each of its quantisations. */
export const quantizationSlide: SlideOf = ({ data, main }) => {
  const [leader] = main?.members ?? [];
  if (main === undefined || leader === undefined) return null;
  const groups = data.groups
    .filter((group) => isBeside(group, main) && group.device === main.device)
    .map((group) => ({ ...group, members: group.members.filter(({ framework }) => framework === leader.framework) }))
    .filter(({ members }) => members.length > 0);
  return chartSlide({
    chart: quantizationImpact,
    data: { ...data, groups },
    otherwise: `${leader.title} in ${groups.length} weight classes: decode rate and size`,
  });
};

export const lengthSlide: SlideOf = ({ data, main }) => {
  const kernelRuns = mostLengths(data.kernelRuns, main?.members[0]?.framework);
  const rates = kernelRuns.flatMap(({ tg_tokens_per_s: rate }) => rate ?? []);
  return chartSlide({
    chart: lengthScaling,
    data: { ...data, kernelRuns },
    otherwise: `${frameworkTitle(kernelRuns[0] ?? {})} generates ${significant(Math.min(...rates))} to ${significant(Math.max(...rates))} tokens/s, depending on the length of the context`,
  });
};

/** Lines of one framework, model and format: that of the leader where it was measured, else of which most lengths were. */
function mostLengths(runs: readonly RunRow[], leader: string | undefined): readonly RunRow[] {
  const lines = groupBy(runs, ({ framework, hostname, device, model, quantize, threads }) => [
    ...[framework, hostname, device, model, quantize],
    threads,
  ]);
  const lengths = (line: readonly RunRow[]) =>
    new Set(line.map(({ n_prompt, n_gen, depth }) => JSON.stringify([n_prompt, n_gen, depth]))).size;
  const isOfLeader = ([run]: readonly RunRow[]) => Number(run?.framework === leader);
  const [most] = lines
    .filter((line) => lengths(line) > 1)
    .sort((a, b) => isOfLeader(b) - isOfLeader(a) || lengths(b) - lengths(a));
  return most ?? [];
}

export const concurrencySlide: SlideOf = ({ data }) => {
  const [panel] = poolPanels(data);
  if (panel === undefined) return null;
  const pool = data.pool.filter(
    ({ framework, hostname }) => framework === panel.framework && hostname === panel.hostname,
  );
  const levels = panel.lines.flatMap((line) => line.levels);
  if (new Set(levels.map(({ concurrency }) => concurrency)).size < 2) return null;
  const best = levels
    .map((level) => ({ at: level.concurrency, rate: levelMean(level, 'tokens_per_s') ?? 0 }))
    .sort((a, b) => b.rate - a.rate)[0];
  return chartSlide({
    chart: concurrencyThroughput,
    data: { ...data, pool },
    // The names of the lines stand behind them.
    sheet: { ...slideSheet, width: chartWidth },
    otherwise: `${data.titleOf(panel.framework)} gives ${significant(best?.rate ?? 0)} tokens/s at most, with ${counted(best?.at ?? 0, 'answers')} at a time`,
  });
};

/** The server of which most stages were measured. */
export const loadSlide: SlideOf = ({ data }) => {
  const [most] = data.loadSeries.toSorted((a, b) => b.steps.length - a.steps.length);
  // One load is no curve.
  return most === undefined || most.steps.length < 2
    ? null
    : chartSlide({ chart: loadThroughput, data: { ...data, loadSeries: [most] } });
};

function isBeside(
  { hostname, model }: { readonly hostname: string | null; readonly model: string | null },
  main: Pick<Group, 'hostname' | 'model'>,
): boolean {
  return hostname === main.hostname && model === main.model;
}

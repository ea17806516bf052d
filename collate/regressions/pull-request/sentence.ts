/** The verdict of a comparison of two builds in one sentence. */
import { counted, roundPercent } from '../../../scripts/command-line/format.ts';
import type { GatePlan } from '../../../scripts/log/gate-plan.ts';
import { median } from '../../../scripts/statistics/statistics.ts';
import type { GateRow, GateVerdict } from '../gate-report.ts';

export function sentenceOf(rows: readonly GateRow[], { cells }: Pick<GatePlan, 'cells'>): string {
  const primary = rows.filter((row) => row.primary);
  const having = (verdict: GateVerdict) => primary.filter((row) => row.verdict === verdict);
  const [regressions, improvements, candidates, insufficient] = [
    having('regression'),
    having('improvement'),
    having('candidate'),
    having('insufficient'),
  ];
  const compared = primary.length - insufficient.length;
  if (compared === 0) {
    return `Nothing could be compared: too few runs of ${counted(cells.length, 'cells')} completed on both sides.`;
  }
  const worst = worstOf(regressions);
  const first =
    worst === undefined
      ? `No regression in ${counted(compared, 'comparisons')} of ${counted(cells.length, 'cells')}`
      : `${counted(regressions.length, 'regressions')} confirmed, the largest ${changeText(worst)}`;
  const others = [
    ...(improvements.length === 0 ? [] : [`${counted(improvements.length, 'improvements')} confirmed`]),
    ...(candidates.length === 0 ? [] : [`${counted(candidates.length, 'candidates')} not confirmed`]),
    ...(insufficient.length === 0 ? [] : [`${counted(insufficient.length, 'comparisons')} with too few runs`]),
  ];
  return `${[first, ...others].join('; ')}.${worst === undefined ? foundText(primary) : ''}`;
}

/** `decode rate of llamacpp q8_0: 12.3 % less (10.1 to 14.6 %)`, on the scale of the metric. */
function changeText({ cell, title, ratio }: GateRow): string {
  const of = `${title.charAt(0).toLowerCase()}${title.slice(1)} of ${cell}`;
  if (ratio === null) return of;
  const { center, interval } = ratio;
  const shares = interval === null ? [] : [interval.low - 1, interval.high - 1].map(Math.abs).sort((a, b) => a - b);
  const within =
    interval === null ? '' : ` (${shares.map((share) => roundPercent(share).replace(' %', '')).join(' to ')} %)`;
  return `${of}: ${roundPercent(Math.abs(center - 1))} ${center < 1 ? 'less' : 'more'}${within}`;
}

function worstOf(rows: readonly GateRow[]): GateRow | undefined {
  const size = ({ ratio }: GateRow) => (ratio === null ? 0 : Math.abs(Math.log(ratio.center)));
  return rows.toSorted((a, b) => size(b) - size(a))[0];
}

function foundText(rows: readonly GateRow[]): string {
  const found = rows.flatMap(({ smallestChange }) => smallestChange ?? []);
  return found.length === 0
    ? ''
    : ` A change of ${roundPercent(median(found))} would have been found in half of the comparisons, of ${roundPercent(Math.max(...found))} in all.`;
}

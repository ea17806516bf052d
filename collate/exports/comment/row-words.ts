/** A row of a gate report in words, for people. */
import { figureText, percent } from '../../../scripts/command-line/format.ts';
import { type GateRow, gateVerdicts } from '../../regressions/gate-report.ts';

/** Regressions first, then what is suspected; among equals primary metrics, then the largest change. */
export function inOrderOfNeed(rows: readonly GateRow[]): GateRow[] {
  return rows.toSorted(
    (a, b) =>
      gateVerdicts.indexOf(a.verdict) - gateVerdicts.indexOf(b.verdict) ||
      Number(b.primary) - Number(a.primary) ||
      changeOf(b) - changeOf(a),
  );
}

function changeOf({ ratio }: GateRow): number {
  return ratio === null || ratio.center <= 0 ? 0 : Math.abs(Math.log(ratio.center));
}

/** '98.2 tokens/s → 92.1 tokens/s'. */
export function valuesWords({ base, head, unit }: GateRow): string {
  return `${valueWords(base, unit)} → ${valueWords(head, unit)}`;
}

function valueWords(value: number | null, unit: string): string {
  return value === null ? 'none' : figureText(value, unit);
}

/** '0.938 [0.921, 0.955]'. */
export function ratioWords({ ratio }: GateRow): string {
  if (ratio === null) return 'none';
  const { center, interval } = ratio;
  const around = interval === null ? '' : ` [${interval.low.toFixed(3)}, ${interval.high.toFixed(3)}]`;
  return `${center.toFixed(3)}${around}`;
}

/** With the side on which better lies, and what would settle it. */
export function verdictWords({ verdict, primary, runsNeeded }: GateRow): string {
  const needed = runsNeeded === null ? '' : `, ${runsNeeded} runs a side are needed`;
  switch (verdict) {
    case 'regression':
      return primary ? 'regression' : 'regression (not a primary metric)';
    case 'improvement':
      return 'improvement';
    case 'candidate':
      return `candidate, not confirmed${needed}`;
    case 'insufficient':
      return `too few runs${needed}`;
    case 'unchanged':
      return 'unchanged';
    default:
      return verdict satisfies never;
  }
}

export function runsWords({ runs }: GateRow): string {
  return runs.base === runs.head ? `${runs.base}` : `${runs.base} and ${runs.head}`;
}

/** 'of the primary metrics 1.2 % to 4.5 %'; null where nothing could have been found. */
export function smallestChangeWords(rows: readonly GateRow[]): string | null {
  const known = rows.filter(({ primary }) => primary).flatMap(({ smallestChange }) => smallestChange ?? []);
  if (known.length === 0) return null;
  const [least, most] = [percent(Math.min(...known)), percent(Math.max(...known))];
  return least === most ? least : `${least} to ${most}, by cell and metric`;
}

/** What a reader has to know before the figures of a comparison are believed. */
import { counted } from '../../scripts/command-line/format.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { sessionName } from '../../scripts/statistics/log-ratio.ts';
import type { Cell } from './cells.ts';
import type { Both, ComparedRow, ComparedSide } from './comparison.ts';
import { runsOf } from './rows.ts';
import { looksChanged } from './words.ts';

export function doubtsOf(
  cells: readonly Cell[],
  { sides, rows }: { sides: Both<ComparedSide>; rows: readonly ComparedRow[] },
): string[] {
  const base = cells.flatMap((cell) => runsOf(cell.base));
  const head = cells.flatMap((cell) => runsOf(cell.head));
  if (base.length === 0) return [];
  return [
    ...commonRuns(base, head),
    ...suspects(rows),
    ...turnDoubt(base, head),
    ...[disturbedDoubt(base, sides.base), disturbedDoubt(head, sides.head)].flat(),
    ...unknownQuality([...base, ...head]),
  ];
}

/** Ranges of dates that overlap, or the same folder twice: no test is made for that. */
function commonRuns(base: readonly RunRow[], head: readonly RunRow[]): string[] {
  const known = new Set(base.map(({ uuid }) => uuid));
  const common = head.filter(({ uuid }) => known.has(uuid)).length;
  if (common === 0) return [];
  return [`${counted(common, 'runs')} stand on both sides: what the tests say of these figures does not hold.`];
}

/** What a screening finds; only runs that it did not see can confirm it. */
function suspects(rows: readonly ComparedRow[]): string[] {
  const found = rows.filter(looksChanged).length;
  if (found === 0) return [];
  return [
    `${counted(found, 'figures')} of ${rows.length} look changed by their interval alone, which after the correction for ${rows.length} figures is not established: measure them again, and compare the new runs of these alone (--metric, --where).`,
  ];
}

/** Without rounds in common, what the machine did between the runs of one and the other is part of every ratio. */
function turnDoubt(base: readonly RunRow[], head: readonly RunRow[]): string[] {
  const roundsOf = (runs: readonly RunRow[]) =>
    new Set(
      runs.flatMap(({ session, sweep, iteration }) => {
        const name = sessionName(session, sweep);
        return name === null || iteration === null ? [] : [`${name} ${iteration}`];
      }),
    );
  const [before, after] = [roundsOf(base), roundsOf(head)];
  if ([...before].some((round) => after.has(round))) return [];
  return [
    'The sides were not measured in turns: whatever the machine did in between is part of every ratio. Only interleaved runs of both take it out.',
  ];
}

function disturbedDoubt(runs: readonly RunRow[], { words }: ComparedSide): string[] {
  const failed = runs.filter(({ certificate }) => certificate === 'failed');
  if (failed.length === 0) return [];
  const checks = [...new Set(failed.flatMap((run) => (run.certificate_failed ?? '').split(';')))].filter(Boolean);
  const why = checks.length === 0 ? '' : ` (${checks.join(', ')})`;
  return [
    `${failed.length} of ${runs.length} runs of ${words} failed their quality checks${why}; no later try stands in for them, so they count.`,
  ];
}

function unknownQuality(runs: readonly RunRow[]): string[] {
  const unknown = runs.filter(({ certificate }) => certificate !== 'passed' && certificate !== 'failed').length;
  if (unknown === 0) return [];
  return [`Of ${unknown} of ${runs.length} runs it is not known whether others disturbed them.`];
}

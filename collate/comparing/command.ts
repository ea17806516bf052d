/** The command that measures a cell again. */
import { isMeasuring } from '../../scripts/log/repeating-command.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { askedValues, commandText } from '../analysis/asked-command.ts';
import type { Both } from './comparison.ts';

const session = 'scripts/benchmark.ts';

interface MeasuredSide {
  runs: readonly RunRow[];
  /** Folder of results, for what is measured then. */
  folder: string;
}

/** For both sides, one after the other. @param iterations as of `commandFor` */
export function commandForBoth({ base, head }: Both<MeasuredSide>, iterations?: number): string {
  const commands = [base, head].map((side) => commandFor(side, iterations)).filter((command) => command !== '');
  return [...new Set(commands)].join(' && ');
}

/**
 * @param iterations that are needed, where the command makes several runs; absent: as many as were asked for
 * @returns empty where the table does not say how the run was made
 */
function commandFor({ runs, folder }: MeasuredSide, iterations?: number): string {
  const latest = runs.toSorted((a, b) => (b.started_at ?? '').localeCompare(a.started_at ?? ''))[0];
  const script = latest?.script ?? '';
  if (latest === undefined || !/^scripts\/[\w-]+\.ts$/.test(script) || !isMeasuring(script)) return '';
  const asked = valuesOf(latest);
  if (asked === null) return '';
  const more = script === session && iterations !== undefined ? { iterations } : {};
  return commandText(script, { ...asked, ...more, tag: latest.tag ?? undefined }, folder);
}

/** Null where the cell is not as it was written. */
function valuesOf(run: RunRow): ReturnType<typeof askedValues> | null {
  try {
    return askedValues([run]);
  } catch {
    return null;
  }
}

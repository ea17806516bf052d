/** The command that measures a cell again. */
import { isMeasuring } from '../../scripts/log/repeating-command.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { askedValues, commandText } from '../analysis/asked-command.ts';

const session = 'scripts/benchmark.ts';

/**
 * @param output folder of results, for what is measured then
 * @param iterations that are needed, where the command makes several runs; absent: as many as were asked for
 * @returns empty where the table does not say how the run was made
 */
export function commandFor(runs: readonly RunRow[], output: string, iterations?: number): string {
  const latest = runs.toSorted((a, b) => (b.started_at ?? '').localeCompare(a.started_at ?? ''))[0];
  const script = latest?.script ?? '';
  if (latest === undefined || !/^scripts\/[\w-]+\.ts$/.test(script) || !isMeasuring(script)) return '';
  const asked = valuesOf(latest);
  if (asked === null) return '';
  const more = script === session && iterations !== undefined ? { iterations } : {};
  return commandText(script, { ...asked, ...more }, output);
}

/** Null where the cell is not as it was written. */
function valuesOf(run: RunRow): ReturnType<typeof askedValues> | null {
  try {
    return askedValues([run]);
  } catch {
    return null;
  }
}

/** The warnings of many runs without their repetitions: each kind once, with the number of runs that have it. */
import { group } from 'd3-array';
import type { RunSummary } from '../results/run-summary.ts';

export function commonWarnings(runs: readonly RunSummary[]): string[] {
  const all = runs.flatMap((run) => run.warnings);
  return [...group(all, ({ code }) => code)].map(([, alike]) => {
    const [first] = alike;
    const where =
      runs.length > 1 ? ` (${alike.length} of ${runs.length} runs${alike.length > 1 ? '; the first one' : ''})` : '';
    return `${first?.message ?? ''}${where}`;
  });
}

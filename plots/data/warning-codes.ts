/** What runs warned of, by code, as their logs have it. */
import type { RunRow } from '../../scripts/results/runs/runs.ts';

/** With the workloads of the runs: what a check of parity warned of is no doubt about a rate. */
export function warningCodes(
  runs: readonly RunRow[],
): Array<{ code: string; workloads: string[]; runs: number; frameworks: string[] }> {
  const found = new Map<string, { workloads: Set<string>; runs: number; frameworks: Set<string> }>();
  for (const run of runs) {
    for (const code of new Set((run.warnings ?? '').split(';').map((part) => part.trim()))) {
      if (code === '') continue;
      const entry = found.get(code) ?? { workloads: new Set<string>(), runs: 0, frameworks: new Set<string>() };
      entry.runs++;
      if (run.workload !== null) entry.workloads.add(run.workload);
      if (run.framework !== null) entry.frameworks.add(run.framework);
      found.set(code, entry);
    }
  }
  return [...found]
    .map(([code, entry]) => ({
      code,
      workloads: [...entry.workloads].sort(),
      runs: entry.runs,
      frameworks: [...entry.frameworks].sort(),
    }))
    .sort((a, b) => b.runs - a.runs || a.code.localeCompare(b.code, 'en'));
}

/** Will it fit, and how fast: the memory that a candidate needs against what its host has, with the doubt that there is. */
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { Candidate } from './candidate.ts';

/** no: not even at the low end of the interval. perhaps: its value or its high end is too large, its low end is not. */
export type Fits = 'yes' | 'perhaps' | 'no' | 'not known';

export function fits({ figures: { memory } }: Candidate, availableBytes: number | null): Fits {
  if (memory === undefined || availableBytes === null) return 'not known';
  const { low = memory.value, high = memory.value } = memory.interval ?? {};
  if (memory.trust === 'measured') return memory.value <= availableBytes ? 'yes' : 'no';
  if (high <= availableBytes) return 'yes';
  return low > availableBytes ? 'no' : 'perhaps';
}

/** What a process may use on a host, as its latest run found it. Null: no run says it. */
export function memoryOfHost(runs: readonly RunRow[], hostname: string): number | null {
  const latest = runs
    .filter((run) => run.hostname === hostname && run.started_at !== null)
    .sort((a, b) => (a.started_at ?? '').localeCompare(b.started_at ?? ''))
    .at(-1);
  return latest?.usable_memory_bytes ?? latest?.memory_bytes ?? null;
}

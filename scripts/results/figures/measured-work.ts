/** How long a run decoded, or did whatever else it measures: prompts, and all between answers, do not count. */
import type { RunRecord } from '../../log/run-log-format.ts';

/** Nanoseconds over the measured phase: of answers, of tg repetitions, of batches of texts. Null where nothing was measured. */
export function measuredWorkNs(records: readonly RunRecord[]): number | null {
  let total: number | null = null;
  for (const record of records) {
    const ns = workOf(record);
    if (ns !== null) total = (total ?? 0) + ns;
  }
  return total;
}

function workOf(record: RunRecord): number | null {
  switch (record.type) {
    case 'answer':
      return record.phase === 'measured' ? (record.lastTokenNs ?? 0) - (record.firstTokenNs ?? 0) : null;
    case 'kernel':
      return record.phase === 'measured' && record.test === 'tg' ? record.durationNs : null;
    case 'embedding':
      return record.phase === 'measured' ? record.endNs - record.submitNs : null;
    default:
      return null;
  }
}

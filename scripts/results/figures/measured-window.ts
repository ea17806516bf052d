/** From when to when a run measured: what the machine did before and after changes no figure. */
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

export interface Window {
  startNs: number;
  endNs: number;
}

type Measurement = Extract<RunRecord, { type: 'answer' | 'kernel' | 'embedding' }>;

/** Null when nothing was measured. */
export function measuredWindow(measurements: readonly Measurement[]): Window | null {
  const measured = measurements.filter(({ phase }) => phase === 'measured');
  if (measured.length === 0) return null;
  return {
    startNs: measured.reduce((first, { startNs }) => Math.min(first, startNs), Number.POSITIVE_INFINITY),
    endNs: measured.reduce((last, record) => Math.max(last, endOf(record)), 0),
  };
}

function endOf(record: Measurement): number {
  switch (record.type) {
    case 'kernel':
      return record.startNs + record.durationNs;
    case 'embedding':
      return record.endNs;
    case 'answer':
      return record.lastTokenNs ?? record.submitNs;
    default:
      return record satisfies never;
  }
}

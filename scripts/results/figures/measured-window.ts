/** From when to when a run measured: what the machine did before and after changes no figure. */
import type { RunRecord } from '../../log/run-log-format.ts';

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

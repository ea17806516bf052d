/** `sweeps.csv`: one row per cell of a sweep that has no log, because no run of it was begun. */
import { type Column, column, type RowOf } from './column.ts';
import { runFacts } from './run-facts.ts';

export const sweepColumns = [
  runFacts.sweep,
  runFacts.sweepCell,
  column('iteration', 'integer', '', 'Iteration', 'which run of the same options it would have been, from 0'),
  column('status', 'string', '', 'Status', 'failed, missing, incompatible or skipped; the last that the sweep said'),
  column('reason', 'string', '', 'Reason', 'why it was not run'),
  column('remedy', 'string', '', 'Remedy', 'what can be done about it'),
  column('at', 'string', '', 'When', 'wall clock, ISO 8601'),
  runFacts.hostname,
  runFacts.framework,
  column('size', 'string', '', 'Size', 'model as asked; empty for the default'),
  column('quantize_asked', 'string', '', 'Quantisation asked', 'as in the sweep file'),
  column('workload', 'string', '', 'Workload', 'qa, kernel or concurrency'),
  column('device_asked', 'string', '', 'Device asked', 'as in the sweep file'),
] as const satisfies readonly Column[];

export type SweepRow = RowOf<typeof sweepColumns>;

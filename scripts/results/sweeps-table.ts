/** `sweeps.csv`: a row per cell of a sweep that has no log. Made anew each time from the sweeps' own notes, for they are few. */
import type { NotRunRecord } from '../log/not-run-file.ts';
import { runFacts } from './run-facts.ts';
import { columnsOf, type RowOf, table } from './table.ts';

interface OfCell {
  record: NotRunRecord;
}

const { text, whole } = columnsOf<OfCell>();

const sweepColumns = [
  { ...runFacts.sweep, of: ({ record }: OfCell) => record.sweep },
  { ...runFacts.sweepCell, of: ({ record }: OfCell) => record.cell },
  whole('iteration', '', 'Iteration', 'which run of the same options it would have been, from 0').of(
    ({ record }) => record.iteration,
  ),
  text('status', 'Status', 'failed, missing, incompatible or skipped; the last that the sweep said').of(
    ({ record }) => record.status,
  ),
  text('reason', 'Reason', 'why it was not run').of(({ record }) => record.reason),
  text('remedy', 'Remedy', 'what can be done about it').of(({ record }) => record.remedy),
  text('at', 'When', 'wall clock, ISO 8601').of(({ record }) => record.at),
  { ...runFacts.hostname, of: ({ record }: OfCell) => record.hostname },
  { ...runFacts.framework, of: ({ record }: OfCell) => record.framework },
  text('size', 'Size', 'model as asked; empty for the default').of(({ record }) =>
    record.size === '' ? null : record.size,
  ),
  text('quantize_asked', 'Quantisation asked', 'as in the sweep file').of(({ record }) => record.quantize),
  text('workload', 'Workload', 'qa, kernel or concurrency').of(({ record }) => record.workload),
  text('device_asked', 'Device asked', 'as in the sweep file').of(({ record }) => record.device),
] as const;

export type SweepRow = RowOf<typeof sweepColumns>;

export const sweepsTable = table({
  name: 'sweeps',
  file: 'sweeps.csv',
  rowIs: 'a row per cell of a sweep that has no log',
  columns: sweepColumns,
  optional: true,
  /** The last that was said of each cell of each host. */
  of: (records: readonly NotRunRecord[]): OfCell[] => {
    const last = new Map(records.map((record) => [`${record.hostname} ${record.sweep} ${record.cell}`, record]));
    return [...last.values()].map((record) => ({ record }));
  },
});

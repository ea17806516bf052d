/** `sweeps.csv`: a row per cell of a sweep that has no log. Made anew each time from the sweeps' own notes, for they are few. */
import type { NotRunRecord } from '../log/not-run-file.ts';
import { runFacts } from './run-facts.ts';
import { columnsOfPart, type RowOf, table } from './table.ts';

interface OfCell {
  record: NotRunRecord;
}

const { text, whole } = columnsOfPart(({ record }: OfCell) => record);

const sweepColumns = [
  { ...runFacts.sweep, of: ({ record }: OfCell) => record.sweep },
  { ...runFacts.sweepCell, of: ({ record }: OfCell) => record.cell },
  whole('iteration', '', 'Iteration', 'which run of the same options it would have been, from 0').at('iteration'),
  text('status', 'Status', 'failed, missing, incompatible or skipped; the last that the sweep said').at('status'),
  text('reason', 'Reason', 'why it was not run').at('reason'),
  text('remedy', 'Remedy', 'what can be done about it').at('remedy'),
  text('at', 'When', 'wall clock, ISO 8601').at('at'),
  { ...runFacts.hostname, of: ({ record }: OfCell) => record.hostname },
  { ...runFacts.framework, of: ({ record }: OfCell) => record.framework },
  text('size', 'Size', 'model as asked; empty for the default').of(({ size }) => size || null),
  text('quantize_asked', 'Quantisation asked', 'as in the sweep file').at('quantize'),
  text('workload', 'Workload', 'qa, kernel or concurrency').at('workload'),
  text('device_asked', 'Device asked', 'as in the sweep file').at('device'),
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

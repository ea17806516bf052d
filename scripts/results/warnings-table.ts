/** `warnings.csv`: a row per warning of a run. */
import type { WarningRecord } from '../log/run-log-format.ts';
import { type Run, recordsOf } from './run.ts';
import { type OfRun, runFacts } from './run-facts.ts';
import { columnsOf, table } from './table.ts';

const { text } = columnsOf<OfRun & { warning: WarningRecord }>();

export const warningsTable = table({
  name: 'warnings',
  file: 'warnings.csv',
  rowIs: 'a row per warning of a run',
  columns: [runFacts.uuid, text('code', 'Code', 'kind of warning').of(({ warning }) => warning.code)],
  of: (run: Run) => recordsOf(run, 'warning').map((warning) => ({ run, warning })),
});

/** Runs that did not complete, cells of sweeps that were not run, and what was not measured at all. */
import { group } from 'd3-array';
import type { SweepRow } from '../../../scripts/results/tables-made-anew.ts';
import { notMeasured } from '../../data/coverage.ts';
import { type Block, type Section, text } from '../document.ts';
import type { ReportInput } from '../section.ts';
import { left, words } from '../table.ts';

export function didNotRun({ data }: ReportInput): Section {
  const holes = notMeasured(data.groups, data.notRun);
  const blocks: Block[] = [];
  if (data.notRun.length > 0) {
    blocks.push({
      kind: 'table',
      caption: `${data.notRun.length} of ${data.runs.length} runs did not complete`,
      columns: ['Framework', 'Model', 'Quantisation', 'Host', 'Device', 'Outcome', 'Reason', 'Raw log'].map(left),
      rows: data.notRun.map((run) => [
        words(run.framework),
        words(run.model ?? run.size),
        words(run.quantize ?? run.quantize_asked),
        words(run.hostname),
        words(run.device ?? '–'),
        words(run.workload === 'qa' ? run.status : `${run.status} (${run.workload})`),
        words(run.error ?? (run.status === 'killed' ? 'the log has no closing line' : 'no reason in the log')),
        words(run.log),
      ]),
    });
  }
  const remedies = [
    ...new Set(data.notRun.flatMap((run) => (run.remedy === null ? [] : `${run.framework}: ${run.remedy}`))),
  ];
  if (remedies.length > 0) {
    blocks.push(text('Remedies that the runs suggested:'), { kind: 'list', items: remedies });
  }
  if (data.cellsWithoutRun.length > 0) {
    blocks.push({
      kind: 'table',
      caption: `${data.cellsWithoutRun.length} cells of sweeps were not run`,
      columns: ['Sweep', 'Framework', 'Model', 'Quantisation', 'Workload', 'Host', 'Status', 'Reason', 'Cells'].map(
        left,
      ),
      rows: notRunCells(data.cellsWithoutRun),
    });
  }
  if (data.madeUpFor.length > 0) {
    const count = data.madeUpFor.length;
    blocks.push(
      text(
        `${count} ${count === 1 ? 'run of a sweep was' : 'runs of sweeps were'} interrupted; another run completed the same cell.`,
      ),
    );
  }
  if (holes.length > 0) {
    blocks.push({
      kind: 'table',
      caption: 'Not measured, though the framework ran the same model on the same device',
      columns: ['Framework', 'Model', 'Weight class', 'Host', 'Device'].map(left),
      rows: holes.map((hole) =>
        [hole.framework, hole.model, hole.weightClass, hole.hostname, hole.device].map((cell) => words(cell)),
      ),
    });
  }
  return {
    id: 'did-not-run',
    title: 'What did not run',
    blocks: blocks.length > 0 ? blocks : [text(allDone(data.runs.length))],
  };
}

/** A log that cannot be read is in no table: nothing is said of runs that nobody knows. */
function allDone(runs: number): string {
  return runs === 0
    ? 'No run is in the tables. collate/all.ts lists the logs that could not be read.'
    : 'Every run in the tables was completed. collate/all.ts lists the logs that could not be read.';
}

/** One row for the cells of one kind and reason. */
function notRunCells(cells: readonly SweepRow[]) {
  const told = (row: SweepRow) => [
    row.sweep,
    row.framework,
    row.size ?? 'default',
    row.quantize_asked,
    row.workload,
    row.hostname,
    row.status,
    row.remedy === null ? row.reason : `${row.reason}. ${row.remedy}`,
  ];
  return [...group(cells, (row) => JSON.stringify(told(row))).values()].flatMap((alike) => {
    const [first] = alike;
    return first === undefined ? [] : [[...told(first), String(alike.length)].map((cell) => words(cell))];
  });
}

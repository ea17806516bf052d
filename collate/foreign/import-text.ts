/** What was imported, for a terminal: each metric with the same quantity under our definition beside. */
import { counted, significant } from '../../scripts/command-line/format.ts';
import { printable } from '../../scripts/command-line/printable-text.ts';
import { paint, table } from '../../scripts/command-line/terminal.ts';
import type { ForeignCell, ForeignFile, ForeignMetric } from '../../scripts/log/foreign-file.ts';
import type { ReadFile } from './import-file.ts';
import { foreignTools } from './tools.ts';

const shownCells = 6;

export function importText(output: string, files: readonly ReadFile[]): string {
  return [
    ...files.map(fileText),
    `${counted(files.length, 'files')} in ${output}/foreign, and all metrics in ${output}/foreign.csv. They are foreign: no comparison of ours uses them.`,
  ].join('\n\n');
}

function fileText({ path, known, record }: ReadFile): string {
  const { tool, toolVersion, layout, cells } = record;
  const title = foreignTools.find(({ name }) => name === tool)?.title ?? tool;
  const version = toolVersion === null ? '' : ` ${toolVersion}`;
  const state = known ? '; imported before, nothing is written' : '';
  const more =
    cells.length > shownCells ? [`and ${counted(cells.length - shownCells, 'combinations')} more; see --json`] : [];
  return [
    paint(
      'bold',
      printable(`${path}: ${title}${version}, ${layout}, ${counted(cells.length, 'combinations')}${state}`),
    ),
    metricsTable(cells.slice(0, shownCells)),
    ...more,
    ...reasons(record),
  ].join('\n');
}

function metricsTable(cells: readonly ForeignCell[]): string {
  const rows = cells.flatMap((cell) =>
    cell.metrics.map((metric, i) => [i === 0 ? cellName(cell) : '', ...metricRow(metric)]),
  );
  return table(
    ['measured', 'metric', 'value', 'unit', 'ours', ''],
    rows.map((row) => row.map(printable)),
    'llrlrl',
  );
}

function cellName({ model, workload }: ForeignCell): string {
  const { promptTokens, generatedTokens, concurrency, depth } = workload;
  const shape = [
    ...(promptTokens ? [`prompt ${Math.round(promptTokens)}`] : []),
    ...(generatedTokens ? [`generated ${Math.round(generatedTokens)}`] : []),
    ...(depth ? [`depth ${depth}`] : []),
    ...(concurrency === null ? [] : [`${concurrency} at a time`]),
  ];
  return [model.type ?? model.name ?? '', ...shape]
    .filter((part) => part !== '')
    .join(', ')
    .slice(0, 80);
}

function metricRow({ name, statistics, headline, unit, ours }: ForeignMetric): string[] {
  const value = statistics[headline];
  const told = [name, value === undefined ? '' : significant(value, 4), unit];
  if (ours.kind === 'not derivable') return [...told, '–', ours.figure === null ? '' : `${ours.figure}: not derivable`];
  return [
    ...told,
    significant(ours.value, 4),
    `${ours.unit} ${ours.figure}${ours.sameFormula ? '' : ' (another formula)'}`,
  ];
}

/** Each once: the metrics of a file have them in common. */
function reasons({ cells }: ForeignFile): string[] {
  const all = cells.flatMap(({ metrics }) => metrics.map(({ ours }) => ours));
  const lines = all.flatMap((ours) => {
    if (ours.kind === 'derived') return ours.notes.map((note) => `note: ${note}`);
    return ours.figure === null ? [] : [`not derivable: ${ours.figure}: ${ours.reason}`];
  });
  return [...new Set(lines)].map(printable);
}

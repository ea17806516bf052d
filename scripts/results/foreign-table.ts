/**
 * `foreign.csv`: a row per metric of what was imported from other tools. It stands by itself: no row of it enters runs.csv, a
 * comparison or a verdict. Made anew each time, from the records in `<output>/foreign/`.
 */
import type { ForeignCell, ForeignFile, ForeignMetric } from '../log/foreign-file.ts';
import { columnsOfPart, type RowOf, table } from './table.ts';

interface OfMetric {
  file: ForeignFile;
  cell: ForeignCell;
  /** Which of the file, from 0. */
  index: number;
  metric: ForeignMetric;
}

const ofFile = columnsOfPart(({ file }: OfMetric) => file);
const ofCell = columnsOfPart(({ cell }: OfMetric) => cell);
const ofModel = columnsOfPart(({ cell }: OfMetric) => cell.model);
const ofWorkload = columnsOfPart(({ cell }: OfMetric) => cell.workload);
const ofMetric = columnsOfPart(({ metric }: OfMetric) => metric);
const ofDerived = columnsOfPart(({ metric }: OfMetric) => (metric.ours.kind === 'derived' ? metric.ours : null));

/** Each tool has other names for the same statistic. */
const statistic = (names: readonly string[]) => (metric: ForeignMetric) => {
  const name = names.find((each) => metric.statistics[each] !== undefined);
  return name === undefined ? null : (metric.statistics[name] ?? null);
};

const foreignColumns = [
  ofFile
    .text('file_sha256', 'File', 'sha256 of the imported file; it lies in foreign/ under that name')
    .of(({ file }) => file.sha256),
  ofFile.text('file', 'File name', 'as it was called when it was imported').of(({ file }) => file.name),
  ofFile.text('tool', 'Tool', 'llama-bench, vllm, guidellm, aiperf or workflow').at('tool'),
  ofFile.text('tool_version', 'Tool version', 'empty where the file does not tell').at('toolVersion'),
  ofFile.text('layout', 'Layout', "which of the tool's files it is").at('layout'),
  ofFile.text('imported_at', 'Imported', 'wall clock, ISO 8601').at('importedAt'),
  ofCell.text('measured_at', 'Measured', 'as the tool writes it').at('measuredAt'),
  {
    ...ofMetric.whole('cell', '', 'Combination', 'which measured combination of the file, from 0').of(() => null),
    of: ({ index }: OfMetric) => index,
  },
  ofCell.text('host', 'Host', 'what the file tells of the host, name=value').of(({ host }) => pairs(host)),
  ofModel.text('model', 'Model', 'as the tool names it').at('name'),
  ofModel.text('model_type', 'Model type', 'architecture, size or format as the tool writes it').at('type'),
  ofWorkload
    .number('prompt_tokens', '', 'Prompt tokens', 'of a request; the mean where they differ')
    .at('promptTokens'),
  ofWorkload
    .number('generated_tokens', '', 'Generated tokens', 'of a request; the mean where they differ')
    .at('generatedTokens'),
  ofWorkload.number('concurrency', '', 'Concurrency', 'requests at a time, as asked').at('concurrency'),
  ofWorkload.number('requests_per_s', 'requests/s', 'Request rate', 'as asked').at('requestsPerSecond'),
  ofWorkload.number('depth', '', 'Depth', 'positions already in the KV cache').at('depth'),
  ofWorkload.number('samples', '', 'Samples', 'requests, repetitions or steps that were measured').at('samples'),
  ofMetric.text('metric', 'Metric', 'as the tool calls it').at('name'),
  ofMetric.text('unit', 'Unit', 'of the value').at('unit'),
  ofMetric
    .number('value', '', 'Value', 'what stands for the metric: the mean, or the single value')
    .of(({ statistics, headline }) => statistics[headline]),
  ofMetric.text('value_is', 'Statistic', "the tool's name of that").at('headline'),
  ofMetric.number('median', '', 'Median', 'as the tool computed it').of(statistic(['median', 'p50'])),
  ofMetric.number('p99', '', '99th percentile', 'as the tool computed it').of(statistic(['p99'])),
  ofMetric.number('stddev', '', 'Deviation', 'as the tool computed it').of(statistic(['stddev', 'std', 'std_dev'])),
  ofMetric
    .text('origin', 'Origin', 'file, or recomputed: by the formula of the tool, from what the file has')
    .at('origin'),
  ofMetric.text('definition', 'Definition', "the tool's own, in the terms of docs/measurement.md").at('definition'),
  ofMetric.text('definition_source', 'Source', 'where the definition stands').at('source'),
  ofMetric.text('ours', 'Ours', 'our figure of the same quantity, or the nearest').of(({ ours }) => ours.figure),
  ofDerived
    .number('ours_value', '', 'Under our definition', 'derived from the requests or repetitions in the file')
    .at('value'),
  ofDerived.text('ours_unit', 'Unit', 'of that value').at('unit'),
  ofDerived.text('ours_formula', 'Our formula', 'that it was derived with').at('formula'),
  ofDerived
    .flag('same_formula', 'Same formula', "whether the tool's figure has the same, before it is averaged")
    .at('sameFormula'),
  ofDerived.text('ours_notes', 'Assumed', 'what had to be assumed').of(({ notes }) => notes.join('; ')),
  ofMetric
    .text('not_derivable', 'Not derivable', 'why there is none under our definition')
    .of(({ ours }) => (ours.kind === 'not derivable' ? ours.reason : null)),
] as const;

export type ForeignRow = RowOf<typeof foreignColumns>;

function pairs(facts: Readonly<Record<string, string>>): string | null {
  const told = Object.entries(facts).map(([name, value]) => `${name}=${value}`);
  return told.length === 0 ? null : told.join('; ');
}

export const foreignTable = table({
  name: 'foreign',
  file: 'foreign.csv',
  rowIs: 'a row per metric of an imported file of another tool',
  columns: foreignColumns,
  optional: true,
  of: (files: readonly ForeignFile[]): OfMetric[] =>
    files.flatMap((file) =>
      file.cells.flatMap((cell, index) => cell.metrics.map((metric) => ({ file, cell, index, metric }))),
    ),
});

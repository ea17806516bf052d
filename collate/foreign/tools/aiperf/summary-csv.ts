/** profile_export_aiperf.csv: a section of metrics with percentiles, one of single values, then tables of graphics devices. */
import type { ForeignCell, ForeignMetric } from '../../../../scripts/log/foreign-file.ts';
import { byColumn, type CsvRow, csvHeader, csvRows, numberIn } from '../../csv-rows.ts';
import { Malformed } from '../../malformed.ts';
import type { ForeignRead } from '../../tool.ts';
import { aiperfMetric, isStatistic, shapes, summariesOnly } from './metrics.ts';

export function isSummaryCsv(text: string): boolean {
  const header = csvHeader(text);
  return header[0] === 'Metric' && (header[1] === 'Value' || (header.length > 2 && header.slice(1).every(isStatistic)));
}

interface Line {
  title: string;
  unit: string;
  statistics: Record<string, number>;
}

/** @throws Malformed for a value that is no number, and where there is no metric */
export function readSummaryCsv(text: string): ForeignRead {
  const { lines, host } = sectionsOf(csvRows(text));
  const metrics = lines.flatMap(({ title, unit, statistics }): ForeignMetric[] => {
    const metric = 'avg' in statistics ? aiperfMetric({ title, unit }, statistics, summariesOnly) : undefined;
    return metric === undefined ? [] : [metric];
  });
  if (metrics.length === 0) throw new Malformed(null, 'it has no metric that is known');
  const average = (title: string) => lines.find((line) => line.title === title)?.statistics.avg ?? null;
  const cell: ForeignCell = {
    host,
    model: { name: null, type: null, sizeBytes: null, parameters: null },
    workload: {
      promptTokens: average(shapes.promptTokens.title),
      generatedTokens: average(shapes.generatedTokens.title),
      ...{ concurrency: null, requestsPerSecond: null, depth: null },
      samples: average(shapes.samples.title),
      durationSeconds: average(shapes.durationSeconds.title),
    },
    measuredAt: null,
    settings: {},
    metrics,
  };
  return { toolVersion: null, layout: 'csv', cells: [cell] };
}

function sectionsOf(rows: readonly CsvRow[]): { lines: Line[]; host: ForeignCell['host'] } {
  const lines: Line[] = [];
  const devices = new Set<string>();
  let columns: readonly string[] = [];
  for (const row of rows) {
    const [first = ''] = row.cells;
    if (row.cells.join('').trim() === '') columns = [];
    else if (columns.length === 0) columns = row.cells;
    else if (columns[0] === 'Metric') lines.push(lineOf(columns, row));
    else if (columns[0] === 'Endpoint' && first !== '')
      devices.add(byColumn(columns, row).get('GPU_Name') ?? 'unknown');
  }
  return { lines, host: devices.size === 0 ? {} : { gpus: [...devices].join(', ') } };
}

function lineOf(columns: readonly string[], row: CsvRow): Line {
  const cells = byColumn(columns, row);
  // 'Time to First Token (ms)'
  const [, title = '', unit = ''] = /^(.*?)(?: \(([^()]*)\))?$/.exec(cells.get('Metric') ?? '') ?? [];
  const values = [...cells].flatMap(([column, cell]): Array<[string, number]> => {
    const statistic = column === 'Value' ? 'avg' : column;
    if (!isStatistic(statistic) || cell.trim() === '') return [];
    return [[statistic, numberIn(cell, `line ${row.line}, ${title}, ${column}`)]];
  });
  return { title, unit: unit === '' ? 'count' : unit, statistics: Object.fromEntries(values) };
}

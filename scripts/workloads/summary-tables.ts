/** The two tables in which a summary shows what was timed: statistics over all, and percentiles. */
import { significant } from '../command-line/format.ts';
import { table } from '../command-line/terminal.ts';
import type { LatencyPercentiles, Summary } from '../statistics/statistics.ts';

export function statisticsTable(rows: ReadonlyArray<readonly [name: string, summary: Summary | null]>): string {
  return table(
    ['', 'mean', 'median', 'min', 'max', 'stddev', 'n'],
    rows.map(([name, summary]) => {
      if (summary === null) return [name, 'n/a'];
      const { mean, median, min, max, stddev, count } = summary;
      const values = [mean, median, min, max].map((value) => significant(value));
      return [name, ...values, stddev === null ? '-' : significant(stddev), String(count)];
    }),
  );
}

/** A percentile with too few samples beyond it is left out; the last column says how many there are. */
export function percentilesTable(
  rows: ReadonlyArray<readonly [name: string, found: LatencyPercentiles | null]>,
): string {
  return table(
    ['percentiles', 'p50', 'p90', 'p95', 'p99', 'n'],
    rows.map(([name, found]) => [
      name,
      ...[found?.p50, found?.p90, found?.p95, found?.p99].map((value) => (value == null ? '-' : significant(value))),
      String(found?.count ?? 0),
    ]),
  );
}

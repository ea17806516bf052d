/** What changed over time, as the trends judged it: points with the runs behind them, levels and changes. */
import type { JudgedSeries, SeriesVerdict } from '../../../collate/regressions/trend/judge.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import { byInterest, latestPoints, trendPanelOf } from '../../charts/trend.ts';
import type { TrendPanel } from '../../panels/trend-panel.ts';

export interface TrendSeries extends Omit<TrendPanel, 'points'> {
  readonly id: string;
  readonly verdict: SeriesVerdict;
  readonly unit: string;
  /** Place of any run of it in the table of runs. */
  readonly example: number;
  readonly points: ReadonlyArray<TrendPanel['points'][number] & { readonly runs: readonly number[] }>;
}

/** More points would be more marks than a chart may have. */
const mostPoints = 1000;
/** A single point is no history. */
const fewestPoints = 2;

export function trendSeries(judged: readonly JudgedSeries[], rows: readonly RunRow[]): TrendSeries[] {
  const places = new Map(rows.map(({ uuid }, i) => [uuid, i]));
  return judged
    .toSorted(byInterest)
    .filter(({ history }) => history.points.length >= fewestPoints)
    .map((series) => {
      const panel = trendPanelOf(series, mostPoints);
      const runs = [...latestPoints(series, mostPoints).keys()].map((point) =>
        point.runs.flatMap(({ uuid }) => places.get(uuid) ?? []),
      );
      return {
        ...panel,
        id: series.history.id,
        verdict: series.verdict,
        unit: series.history.unit,
        example: runs[0]?.[0] ?? 0,
        points: panel.points.map((point, i) => ({ ...point, runs: runs[i] ?? [] })),
      };
    });
}

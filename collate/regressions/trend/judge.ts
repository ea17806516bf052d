/** Every series of a folder, searched and judged together: the false discovery rate is one of all of them. */
import { fewestOfSeries } from '../../../scripts/statistics/change-point.ts';
import type { GateVerdict } from '../gate-report.ts';
import { type Blessing, blessingOf } from './blessings.ts';
import { type Finding, findingsIn } from './findings.ts';
import type { History, Point } from './history.ts';
import { type SegmentTest, scanSeries } from './scan.ts';
import { type Changed, changedBetween } from './what-changed.ts';

export type SeriesVerdict = Exclude<GateVerdict, 'candidate'>;

export interface JudgedFinding extends Finding {
  verdict: 'regression' | 'improvement';
  /** The first point behind a step; the first one of a drift. */
  point: Point;
  /** What else changed there. */
  changed: Changed[];
  /** It changed not between these two runs, but within one run of them. */
  isNear: boolean;
}

export interface JudgedSeries {
  history: History;
  /** Points that count: undisturbed ones from the blessed one on. The indices of findings are theirs. */
  points: readonly Point[];
  disturbed: readonly Point[];
  /** Points before the blessed level. */
  past: readonly Point[];
  blessing: Blessing | undefined;
  tests: readonly SegmentTest[];
  findings: readonly JudgedFinding[];
  /** By the latest finding that is told. */
  verdict: SeriesVerdict;
}

export function judgeSeries(
  histories: readonly History[],
  blessings: readonly Blessing[],
  onProgress: (done: number) => void = () => {},
): JudgedSeries[] {
  const series = histories.map((history) => {
    const blessing = blessingOf(history.id, blessings);
    const isPast = ({ at }: Point) => blessing !== undefined && at < blessing.from;
    const points = history.points.filter((point) => point.disturbed === null && !isPast(point));
    const disturbed = history.points.filter((point) => point.disturbed !== null && !isPast(point));
    const past = history.points.filter(isPast);
    return {
      history,
      blessing,
      points,
      disturbed,
      past,
      logs: Float64Array.from(points, ({ value }) => Math.log(value)),
    };
  });
  let done = 0;
  const tests = scanSeries(
    series.map(({ history, logs }) => ({ logs, seed: Number.parseInt(history.id, 16) })),
    () => onProgress(++done),
  );
  return series.map(({ logs, ...each }, i) => {
    const own = tests[i] ?? [];
    const findings = findingsIn(logs, own, each.history).map((finding) => judged(finding, each.history, each.points));
    return { ...each, tests: own, findings, verdict: verdictOf(findings, each.points.length) };
  });
}

function judged(finding: Finding, { metric }: History, points: readonly Point[]): JudgedFinding {
  const better = finding.change > 0 === (metric.better === 'higher');
  const [point, before, last] = [points[finding.at], points[finding.at - 1], points[finding.to - 1]];
  if (point === undefined) throw new RangeError(`a finding at ${finding.at} of ${points.length} points`);
  const facts = finding.kind === 'step' ? [before, point] : [point, last];
  const here = changedAmong(facts);
  // A step is found a run too early or too late now and then.
  const near = finding.kind === 'step' && here.length === 0;
  const changed = near ? changedAmong([points[finding.at - 2], points[finding.at + 1]]) : here;
  return {
    ...finding,
    verdict: better ? 'improvement' : 'regression',
    point,
    changed,
    isNear: near && changed.length > 0,
  };
}

function changedAmong([before, after]: ReadonlyArray<Point | undefined>): Changed[] {
  return before === undefined || after === undefined ? [] : changedBetween(before.facts, after.facts);
}

function verdictOf(findings: readonly JudgedFinding[], points: number): SeriesVerdict {
  const latest = findings.filter(({ told }) => told).at(-1);
  if (latest !== undefined) return latest.verdict;
  return points < fewestOfSeries ? 'insufficient' : 'unchanged';
}

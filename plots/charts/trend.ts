/** What changed over time: the series with a change first, each with its levels; then those that stayed as they were. */
import { changesFirst } from '../../collate/regressions/gate-report.ts';
import { median } from '../../collate/regressions/trend/gates.ts';
import type { Point } from '../../collate/regressions/trend/history.ts';
import type { JudgedFinding, JudgedSeries } from '../../collate/regressions/trend/judge.ts';
import { changeOf, minuteOf, type TrendRow, trendReport } from '../../collate/regressions/trend/report.ts';
import { changeWords } from '../../collate/regressions/trend/trend-text.ts';
import { figureText } from '../../scripts/command-line/format.ts';
import { theilSen } from '../../scripts/statistics/monotonic-trend.ts';
import { readableUnit } from '../data/metric.ts';
import { type TrendPanel, type TrendPoint, trendStack } from '../panels/trend-panel.ts';
import { frameworkColor } from '../render/theme.ts';
import { count, left, right, shown, tableOf } from '../report/table.ts';
import { altText, type Chart } from './chart.ts';
import { moreLines } from './scope.ts';

/** More would not fit a page; the table has them all. */
const mostPanels = 5;
/** Points that a panel can show apart. */
const mostPoints = 180;

export const trend: Chart = {
  name: 'trend',
  question: 'What changed over time?',
  /** Absent where no series is long enough: then nobody misses it. */
  draw({ trend: series, output }) {
    const judged = series.filter(({ verdict }) => verdict !== 'insufficient').sort(byInterest);
    if (judged.length === 0) return null;
    const report = trendReport(judged, output);
    const shownSeries = judged.slice(0, mostPanels);
    const disturbed = report.disturbed.reduce((sum, { runs }) => sum + runs, 0);
    const blessed = shownSeries.some(({ past }) => past.length > 0);
    return {
      kind: 'picture',
      title: report.sentence.replace(/\.$/, ''),
      subtitle: [
        `${report.host} · ${report.base}, ${report.head.replace('runs ', '')}`,
        'Dots: medians of runs, in the order of time. Pale lines: 95 % intervals. Black: levels between changes. Axes do not begin at 0.',
        ...(disturbed > 0 ? [`Hollow: disturbed and left out (${disturbed} runs).`] : []),
        ...(blessed ? ['Pale: before the level that was accepted.'] : []),
        ...moreLines(judged.length - shownSeries.length, 'series', 'series'),
      ],
      spec: trendStack(shownSeries.map((each) => trendPanelOf(each))),
      table: tableOf('What changed over time', report.rows, [
        [left('Series'), ({ series: id }) => id],
        [left('Of'), ({ cell }) => cell],
        [left('Figure'), ({ title }) => title],
        [left('Verdict'), ({ verdict, kind }) => (kind === 'drift' ? `${verdict} (drift)` : verdict)],
        [left('Since'), ({ since }) => (since === null ? '–' : minuteOf(since))],
        [right('Before'), ({ base, unit }) => shown(base, (value) => figureText(value, unit))],
        [right('After'), ({ head, unit }) => shown(head, (value) => figureText(value, unit))],
        [right('Change'), ({ ratio }) => (ratio === null ? '–' : changeWords(ratio))],
        [right('p'), ({ p }) => shown(p, (value) => (value < 0.0001 ? '< 0.0001' : value.toFixed(4)))],
        [right('Runs'), ({ runs }) => count(runs.base + runs.head)],
        [right('Left out'), ({ disturbed: runs }) => count(runs)],
        [left('What else changed there'), ({ headline }) => headline ?? '–'],
      ]),
      alt: altText('Runs over time, a dot each, with the levels between changes.', report.rows.map(inWords)),
    };
  },
};

/** Changes first, then figures that can fail a build, then the longest. */
export function byInterest(a: JudgedSeries, b: JudgedSeries): number {
  const told = ({ findings }: JudgedSeries) => findings.some((finding) => finding.told);
  return (
    Number(told(b)) - Number(told(a)) ||
    Number(b.history.metric.primary) - Number(a.history.metric.primary) ||
    changesFirst.indexOf(a.verdict) - changesFirst.indexOf(b.verdict) ||
    b.points.length - a.points.length ||
    a.history.id.localeCompare(b.history.id, 'en')
  );
}

/** The latest points of a series, in the order of time, with their looks. */
export function latestPoints({ points, disturbed, past }: JudgedSeries, most: number): Map<Point, TrendPoint['look']> {
  const looks = [
    ...points.map((point) => [point, 'full'] as const),
    ...disturbed.map((point) => [point, 'hollow'] as const),
    ...past.map((point) => [point, 'pale'] as const),
  ];
  return new Map(looks.sort(([a], [b]) => a.at.localeCompare(b.at)).slice(-most));
}

/** @param most points that are shown, the latest */
export function trendPanelOf(series: JudgedSeries, most = mostPoints): TrendPanel {
  const { history, points, findings } = series;
  const looks = latestPoints(series, most);
  const all = [...looks.keys()];
  const placeOf = (index: number) => all.indexOf(points[index] ?? all[0] ?? never());
  const told = findings.filter((finding) => finding.told);
  const first = points.findIndex((point) => all.includes(point));
  const { unit, divisor } = readableUnit(
    history.unit,
    all.map(({ value }) => value),
  );
  return {
    title: `${history.title} · ${history.name}`,
    axis: `${history.title}${unit === '' ? '' : ` (${unit})`}`,
    color: frameworkColor(points[0]?.runs[0]?.framework ?? ''),
    points: all.map((point) => ({
      at: point.at,
      value: point.value / divisor,
      low: (point.interval?.low ?? point.value) / divisor,
      high: (point.interval?.high ?? point.value) / divisor,
      look: looks.get(point) ?? 'full',
    })),
    levels: levelsOf(points, told)
      .filter(({ to }) => to > first)
      .map(({ from, to, start, end }) => ({
        from: placeOf(Math.max(from, first)) - 0.4,
        to: placeOf(to - 1) + 0.4,
        start: start / divisor,
        end: end / divisor,
      })),
    changes: told
      .filter(({ kind, at }) => kind === 'step' && at > first)
      .map((finding) => ({
        at: placeOf(finding.at) - 0.5,
        words: changeWords({ ...changeOf(finding), interval: null }),
      })),
  };
}

function never(): never {
  throw new RangeError('a series without points');
}

/** Between the steps that are told; sloping where a drift is. */
function levelsOf(points: readonly Point[], told: readonly JudgedFinding[]) {
  const steps = told.filter(({ kind }) => kind === 'step').map(({ at }) => at);
  const ends = [0, ...steps, points.length];
  return ends.slice(1).map((to, i) => {
    const from = ends[i] ?? 0;
    const logs = Float64Array.from(points.slice(from, to), ({ value }) => Math.log(value));
    const drifts = told.some(({ kind, at }) => kind === 'drift' && at >= from && at < to);
    const slope = drifts ? theilSen(logs) : 0;
    const start = median(logs.map((value, place) => value - slope * place));
    return { from, to, start: Math.exp(start), end: Math.exp(start + slope * (logs.length - 1)) };
  });
}

function inWords({ title, cell, verdict, ratio, since }: TrendRow): string {
  const change = ratio === null || since === null ? '' : `, ${changeWords(ratio)} since ${minuteOf(since)}`;
  return `${title} of ${cell}: ${verdict}${change}.`;
}

/** What the trends of a folder come to, as data: the rows that all formats of the gate share, and the series behind them. */
import { z } from 'zod';
import { counted } from '../../../scripts/command-line/format.ts';
import { scriptLine, shellLine } from '../../../scripts/command-line/shell-line.ts';
import { commandWords, isMeasuring } from '../../../scripts/log/repeating-command.ts';
import { fewestOfSide } from '../../../scripts/statistics/change-point.ts';
import { exactShift, ratioOfShift } from '../../../scripts/statistics/exact-shift.ts';
import { changesFirst, type GateReport, type GateRow } from '../gate-report.ts';
import { median, smallestChange } from './gates.ts';
import type { Point } from './history.ts';
import type { JudgedFinding, JudgedSeries, SeriesVerdict } from './judge.ts';
import { falseDiscoveries } from './scan.ts';
import { headlineOf } from './what-changed.ts';

/** A row of the gate, and where its series stands in the folder. */
export interface TrendRow extends GateRow {
  /** Names the series for `explain` and `bless`. */
  series: string;
  /** When the first run behind the change started; null where there is none. */
  since: string | null;
  kind: 'step' | 'drift' | null;
  /** What else changed there, in a sentence; null where nothing is told. */
  headline: string | null;
  /** Left out because something disturbed them. */
  disturbed: number;
  /** Of the blessing that the series is judged from; null where none is. */
  blessed: { from: string; by: string; reason: string } | null;
}

export interface TrendReport extends GateReport {
  question: 'trend';
  rows: TrendRow[];
  /** Changes that are told, a series may have several; and series without any. */
  counts: Record<SeriesVerdict, number>;
  /** Runs left out, by why. */
  disturbed: Array<{ reason: string; runs: number }>;
}

/** @param output folder of results, as typed */
export function trendReport(series: readonly JudgedSeries[], output: string): TrendReport {
  const rows = series.flatMap((each) => rowsOf(each, series.length, output)).sort(byWeight);
  const counts: Record<SeriesVerdict, number> = { regression: 0, improvement: 0, unchanged: 0, insufficient: 0 };
  for (const { verdict } of rows) if (verdict !== 'candidate') counts[verdict]++;
  const starts = series.flatMap(({ points }) => points.map(({ at }) => at)).sort();
  const floors = series.map(({ history }) => history.floor);
  return {
    question: 'trend',
    base: starts[0] === undefined ? 'no runs' : `runs from ${dayOf(starts[0])} on`,
    head: `runs up to ${dayOf(starts.at(-1) ?? '')}`,
    host: [...new Set(series.map(({ history }) => history.host))].join(', ') || 'no host',
    floor: { share: smallestChange, words: floorWords(floors) },
    falseAlarms: falseDiscoveries,
    rows,
    sentence: sentenceOf(
      series.filter(({ verdict }) => verdict !== 'insufficient').length,
      rows.filter(({ kind }) => kind !== null),
    ),
    counts,
    disturbed: disturbedRuns(series),
  };
}

/** A confirmed regression of a metric that was declared beforehand: what fails a build. */
export function failsBuild({ rows }: Pick<TrendReport, 'rows'>): boolean {
  return rows.some(({ verdict, primary }) => verdict === 'regression' && primary);
}

function rowsOf(series: JudgedSeries, family: number, output: string): TrendRow[] {
  const told = series.findings.filter((finding) => finding.told);
  if (told.length > 0) return told.map((finding) => changeRow(series, finding, family, output));
  const { history, points, verdict } = series;
  const values = points.map(({ value }) => value);
  return [
    {
      ...commonOf(series, family, output),
      verdict,
      base: values.length === 0 ? null : median(Float64Array.from(values)),
      head: null,
      ratio: null,
      p: series.tests[0]?.p ?? null,
      runs: { base: runsIn(points), head: 0 },
      changed: [],
      since: null,
      kind: null,
      headline: null,
      smallestChange: smallestOf(values, history.floor),
    },
  ];
}

function changeRow(series: JudgedSeries, finding: JudgedFinding, family: number, output: string): TrendRow {
  const { points, history } = series;
  const { kind, from, to, at, sides } = finding;
  const [early, late] =
    kind === 'step'
      ? [points.slice(from, at), points.slice(at, to)]
      : [points.slice(from, from + sides.before.length), points.slice(to - sides.after.length, to)];
  return {
    ...commonOf(series, family, output),
    verdict: finding.verdict,
    base: Math.exp(median(sides.before)),
    head: Math.exp(median(sides.after)),
    ratio: changeOf(finding),
    p: finding.p,
    runs: { base: runsIn(early), head: runsIn(late) },
    changed: finding.changed.map(({ words }) => words),
    since: finding.point.at,
    kind,
    headline: headlineOf(finding.changed, finding.isNear),
    smallestChange: Math.expm1(Math.max(Math.log1p(Math.max(smallestChange, history.floor)), 3 * sides.residual)),
  };
}

function commonOf({ history, points, disturbed, blessing }: JudgedSeries, family: number, output: string) {
  const { id, name, metric, title, unit } = history;
  return {
    series: id,
    cell: name,
    metric: metric.column,
    title,
    unit,
    higherIsBetter: metric.better === 'higher',
    primary: metric.primary,
    runsNeeded: pointsUntilFound(points.length, family),
    disturbed: disturbed.reduce((sum, { runs }) => sum + runs.length, 0),
    blessed: blessing === undefined ? null : { from: blessing.from, by: blessing.by, reason: blessing.reason },
    command: commandOf(points.at(-1) ?? history.points.at(-1), output),
  };
}

const runsIn = (points: readonly Point[]) => points.reduce((sum, { runs }) => sum + runs.length, 0);

const shownLevel = 0.05;

/** What a change comes to, wherever it is told: the values are logarithms. */
export function changeOf({ sides }: Pick<JudgedFinding, 'sides'>): NonNullable<GateRow['ratio']> {
  return ratioOfShift(exactShift(Array.from(sides.after), Array.from(sides.before)), shownLevel);
}

/**
 * Points behind a change until it is found, where all of them lie beyond all of those before it: twice (two kinds are tried) the number
 * of splits times the exact p-value, among as many series.
 */
function pointsUntilFound(points: number, family: number): number | null {
  const before = Math.max(fewestOfSide, points);
  let ways = 1;
  for (let after = 1; after <= 1000; after++) {
    ways *= (before + after) / after;
    const splits = before + after - 2 * fewestOfSide + 1;
    if (after >= fewestOfSide && (2 * splits * 2 * family) / ways <= falseDiscoveries) return after;
  }
  return null;
}

/** The smallest step that would pass the gates of size and noise. */
function smallestOf(values: readonly number[], floor: number): number | null {
  if (values.length < 2 * fewestOfSide) return null;
  const logs = Float64Array.from(values, Math.log);
  const level = median(logs);
  const residual = median(logs.map((value) => Math.abs(value - level)));
  return Math.expm1(Math.max(Math.log1p(Math.max(smallestChange, floor)), 3 * residual));
}

const askedSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]));

/** Repeats the last measurement; where a person was part of it, or another version made it, the tables are made again. */
function commandOf(point: Point | undefined, output: string): string {
  const run = point?.runs.at(-1);
  const script = run?.script ?? null;
  const asked = askedOf(run?.asked_options ?? '{}');
  if (asked === undefined || !isMeasuring(script)) return scriptLine('collate/all.ts', output);
  return shellLine(commandWords(script, { ...asked, output }));
}

/** Undefined where the cell holds no options. */
function askedOf(cell: string): z.infer<typeof askedSchema> | undefined {
  try {
    return askedSchema.safeParse(JSON.parse(cell)).data;
  } catch {
    return undefined;
  }
}

function floorWords(floors: readonly number[]): string {
  const measured = floors.filter((floor) => floor > smallestChange);
  return measured.length === 0
    ? 'or from what identical cells differ by, where that is more'
    : `or from what identical cells differ by, which is more in ${measured.length} series`;
}

/** @param judged series that are long enough. @param told changes */
function sentenceOf(judged: number, told: readonly TrendRow[]): string {
  if (judged === 0) return 'No series has the ten points that a trend needs.';
  const series = `${judged} series`;
  if (told.length === 0) return `No change in ${series}.`;
  const counts = (['regression', 'improvement'] as const).flatMap((kind) => {
    const number = told.filter(({ verdict }) => verdict === kind).length;
    return number === 0 ? [] : counted(number, `${kind}s`);
  });
  const mayFail = told.some(({ verdict, primary }) => verdict === 'regression' && primary);
  const harmless = told.some(({ verdict }) => verdict === 'regression') && !mayFail;
  return `${counts.join(' and ')} in ${series}${harmless ? ', none in a metric that can fail a build' : ''}.`;
}

function disturbedRuns(series: readonly JudgedSeries[]): TrendReport['disturbed'] {
  const reasons = new Map<string, Set<string>>();
  for (const { disturbed, runs } of series.flatMap((each) => each.disturbed)) {
    const uuids = reasons.get(disturbed ?? '') ?? new Set();
    for (const { uuid } of runs) uuids.add(uuid ?? '');
    reasons.set(disturbed ?? '', uuids);
  }
  return [...reasons].map(([reason, uuids]) => ({ reason, runs: uuids.size })).sort((a, b) => b.runs - a.runs);
}

/** Regressions first, those that can fail a build first of all, the largest first. */
function byWeight(a: TrendRow, b: TrendRow): number {
  const size = ({ ratio }: TrendRow) => (ratio === null ? 0 : Math.abs(Math.log(ratio.center)));
  return (
    changesFirst.indexOf(a.verdict) - changesFirst.indexOf(b.verdict) ||
    Number(b.primary) - Number(a.primary) ||
    size(b) - size(a) ||
    a.cell.localeCompare(b.cell, 'en') ||
    a.metric.localeCompare(b.metric, 'en')
  );
}

/** To the minute: a history may be of one day. */
export function minuteOf(instant: string): string {
  return instant.slice(0, 16).replace('T', ' ');
}

export function dayOf(instant: string): string {
  return instant.slice(0, 10);
}

/** What changed over time: one series with its levels and the changes that passed every gate. */

import { figureText } from '../../../../scripts/command-line/format.ts';
import { ink, paleAlpha, paper, softInk } from '../../../render/theme.ts';
import { figure, left, right, tableOf } from '../../../report/table.ts';
import type { TrendSeries } from '../../packing/trend-series.ts';
import type { PageData } from '../page-data.ts';
import { type Layer, layered, literal, quantitative, somePlaces, tip } from '../spec.ts';
import { type Action, choice, nothing, type View } from '../view.ts';

export const trend: View = {
  name: 'trend',
  title: 'Over time',
  question: 'Did anything become slower?',
  draw(shown) {
    const { data, isShown } = shown;
    const visible = data.payload.trend
      .map((series) => ({ ...series, shown: series.points.map(({ runs }) => runs.some(isShown)) }))
      .filter((series) => series.shown.some(Boolean));
    if (visible.length === 0) return nothing('Nothing that is shown was measured twice, so there is no history.');
    const made = choice(
      shown,
      'series',
      'Of',
      visible.map((series) => ({ value: series.id, label: `${marks[series.verdict]}${series.title}` })),
    );
    const series = visible.find(({ id }) => id === made.chosen);
    if (series === undefined) return nothing('There is no such series.', [made]);
    const places = [...series.points.keys()].filter((place) => series.shown[place] === true);
    const actions = places.map((place): Action => ({ kind: 'run', uuid: uuidOf(series, place, data) }));
    return {
      sentence: sentenceOf(series),
      choices: [made],
      notes: [
        'Dots: medians of runs, those of one session as one, in the order of time. Pale lines: 95 % intervals. Black: levels between changes. The axis does not begin at 0.',
        'A change is told where it is significant over all series, large enough, above the noise and lasting. It was judged on all runs, not on those that are shown. Hollow: disturbed and left out. Pale: before a level that was accepted.',
      ],
      rowActions: actions,
      table: tableOf(series.title, places, [
        [left('When'), (place) => minuteOf(series.points[place]?.at ?? '')],
        [right(series.axis), (place) => figure(series.points[place]?.value ?? null)],
        [right('From'), (place) => figure(series.points[place]?.low ?? null)],
        [right('To'), (place) => figure(series.points[place]?.high ?? null)],
        [left('Counts'), (place) => looks[series.points[place]?.look ?? 'full']],
        [left('Change'), (place) => series.changes.find(({ at }) => Math.ceil(at) === place)?.words ?? ''],
      ]),
      chart: {
        name: `trend-${series.id}`,
        label: `${series.title}: ${places.length} points over time. ${sentenceOf(series)}`,
        actions,
        spec: (width) => layered(layersOf(series, places, width), width, 320),
      },
    };
  },
};

const looks = { full: 'yes', hollow: 'no: disturbed', pale: 'no: before the accepted level' } as const;

/** In the list of series, so that those with a change are found without opening them. */
const marks: Readonly<Record<TrendSeries['verdict'], string>> = {
  regression: '▼ ',
  improvement: '▲ ',
  unchanged: '',
  insufficient: '',
};

const verdictWords: Readonly<Record<TrendSeries['verdict'], string>> = {
  regression: 'it got worse',
  improvement: 'it got better',
  unchanged: 'no change',
  insufficient: 'too few points for a verdict: ten are needed',
};

function sentenceOf(series: TrendSeries): string {
  const last = series.changes.at(-1);
  const since = last === undefined ? undefined : series.points[Math.ceil(last.at)];
  const change = last === undefined || since === undefined ? '' : `, ${last.words} since ${minuteOf(since.at)}`;
  return `${series.title}: ${verdictWords[series.verdict]}${change}.`;
}

const minuteOf = (instant: string) => instant.slice(0, 16).replace('T', ' ');

function uuidOf({ points }: TrendSeries, place: number, { runs }: PageData): string {
  return runs[points[place]?.runs[0] ?? -1]?.uuid ?? '';
}

function layersOf(series: TrendSeries, places: readonly number[], width: number): Layer[] {
  const { color, unit } = series;
  const dots = places.flatMap((place, mark) => {
    const point = series.points[place];
    if (point === undefined) return [];
    const tint = point.look === 'pale' ? `${color}${paleAlpha}` : color;
    return {
      x: place,
      y: point.value,
      low: point.low,
      high: point.high,
      stroke: tint,
      fill: point.look === 'hollow' ? paper : tint,
      mark,
      tip: [
        minuteOf(point.at),
        `${series.axis}: ${figureText(point.value, unit === 'B' ? '' : unit)}`,
        'Click: its tokens',
      ].join('\n'),
    };
  });
  const [first = 0, last = 0] = [places[0], places.at(-1)];
  const within = ({ at }: { at: number }) => at > first - 1 && at < last + 1;
  const changes = series.changes
    .filter(within)
    .map(({ at, words }) => ({ at, words, top: Math.max(...dots.map(({ high }) => high)) }));
  const days = series.points.map(({ at }) => (isOneDay(series) ? at.slice(11, 16) : at.slice(0, 10)));
  const x = {
    ...quantitative('x'),
    scale: { domain: [first - 0.5, last + 0.5], nice: false, zero: false },
    axis: {
      title: isOneDay(series) ? 'UTC' : null,
      grid: false,
      values: somePlaces(places.length, Math.floor(width / 110)).map((place) => places[place] ?? 0),
      labelExpr: `${JSON.stringify(days)}[datum.value]`,
      labelFlush: true,
      labelPadding: 12,
    },
  };
  const y = { ...quantitative('low'), scale: { zero: false, nice: true }, axis: { title: series.axis, grid: true } };
  return [
    {
      data: { values: dots },
      mark: { type: 'rule', strokeWidth: 1.5, color: `${color}${paleAlpha}` },
      encoding: { x, y, y2: { field: 'high' } },
    },
    {
      data: { values: series.levels.map((level) => ({ ...level })) },
      mark: { type: 'rule', strokeWidth: 2, color: ink, clip: true },
      encoding: { x: { ...x, field: 'from' }, x2: { field: 'to' }, y: { ...y, field: 'start' }, y2: { field: 'end' } },
    },
    {
      data: { values: changes },
      mark: { type: 'rule', strokeDash: [4, 3], color: softInk },
      encoding: { x: { ...x, field: 'at' } },
    },
    {
      data: { values: dots },
      mark: { type: 'point', size: 40, filled: true, opacity: 1, cursor: 'pointer' },
      encoding: { x, y: { ...y, field: 'y' }, fill: literal('fill'), stroke: literal('stroke'), tooltip: tip },
    },
    {
      data: { values: changes.map((change) => ({ ...change, left: change.at < (first + last) / 2 })) },
      mark: {
        type: 'text',
        dy: -8,
        fontWeight: 600,
        align: { expr: "datum.left ? 'left' : 'right'" },
        dx: { expr: 'datum.left ? 5 : -5' },
      },
      encoding: { x: { ...x, field: 'at' }, y: { ...y, field: 'top' }, text: { field: 'words', type: 'nominal' } },
    },
  ];
}

function isOneDay({ points }: TrendSeries): boolean {
  return new Set(points.map(({ at }) => at.slice(0, 10))).size === 1;
}

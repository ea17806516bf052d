/** What speed costs in memory: every contender of one place, the frontier, and who may be on it given the intervals. */
import { groupBy } from '../../../../collate/analysis/group-by.ts';
import { measuresOf } from '../../../../collate/analysis/measures.ts';
import { figureText, significant } from '../../../../scripts/command-line/format.ts';
import type { Interval } from '../../../../scripts/statistics/statistics.ts';
import {
  type Group,
  isRanked,
  type Member,
  markBehind,
  membersIn,
  modelName,
  type Placed,
} from '../../../data/groups.ts';
import { type Metric, metricOf, readable, summaryOf } from '../../../data/metric.ts';
import { frameworkColor, ink, paper, softInk } from '../../../render/theme.ts';
import { count, figure, left, right, tableOf } from '../../../report/table.ts';
import { workloadOf } from '../group-choice.ts';
import { shortNames } from '../member-names.ts';
import { type Layer, layered, legendOf, literal, quantitative, tip } from '../spec.ts';
import { type Action, choice, nothing, type View } from '../view.ts';

export const tradeoff: View = {
  name: 'tradeoff',
  title: 'Trade-off',
  question: 'What does speed cost in memory?',
  draw(shown) {
    const places = groupBy(shown.groups, (group) => [placeOf(group)])
      .map((groups) => ({ place: placeOf(groups[0]), ...pointsOf(groups) }))
      .filter(({ points }) => points.length > 0)
      .sort((a, b) => b.points.length - a.points.length);
    const made = choice(
      shown,
      'place',
      'Of',
      places.map(({ place }) => ({ value: place, label: place })),
    );
    const found = places.find(({ place }) => place === made.chosen);
    if (found === undefined) return nothing('No run that is shown has both a rate and its memory.');
    const { points, rate, memory } = found;
    const actions = points.map(
      ({ member }): Action => ({ kind: 'filter', facet: 'framework', value: member.framework }),
    );
    return {
      sentence: sentenceOf(points),
      choices: [made],
      notes: [
        'Crosses: 95 % intervals of both. Line: the frontier, nothing measured is faster in less memory. A contender is beaten for sure where another is better in both, intervals and all; others may be on it. Hollow: not ranked.',
      ],
      rowActions: actions,
      table: tableOf(`Rate and memory, ${found.place}`, points, [
        [left('Contender'), ({ name, member }) => name + markBehind(member)],
        [right(rate.title, rate.unit), (point) => figure(point.rate.value)],
        [right(memory.title, memory.unit), (point) => figure(point.memory.value)],
        [left('On the frontier'), ({ frontier }) => frontier],
        [right('Runs'), ({ member }) => count(member.runs.length)],
      ]),
      chart: {
        name: 'tradeoff',
        label: `${rate.title} over ${memory.title.toLowerCase()} of ${points.length} contenders. ${sentenceOf(points)}`,
        actions,
        spec: (width) => layered(layersOf(points, rate, memory, width), width, 380),
      },
    };
  },
};

/** Rates of different workloads are never on one axis. */
function placeOf(group: Group): string {
  return [group.hostname, group.device, modelName(group), workloadOf(group), group.condition]
    .filter((part) => part !== null && part !== '')
    .join(' · ');
}

interface Estimate extends Interval {
  readonly value: number;
}

interface Point {
  readonly name: string;
  readonly member: Member;
  readonly rate: Estimate;
  readonly memory: Estimate;
  readonly frontier: 'yes' | 'perhaps' | 'no' | 'not ranked';
}

function pointsOf(groups: readonly [Group, ...Group[]]): { points: Point[]; rate: Metric; memory: Metric } {
  const [first] = groups;
  const runs = groups.flatMap(({ members }) => members.flatMap((member) => member.runs));
  const rate = metricOf(measuresOf(workloadOf(first))[0]?.column ?? 'decode_tokens_per_s');
  const memory = readable(metricOf('peak_rss_bytes'), runs);
  const found = membersIn(groups).flatMap((placed) => {
    const [own, bytes] = [estimateOf(placed, rate), estimateOf(placed, memory)];
    const { member } = placed;
    return own === null || bytes === null ? [] : [{ member, rate: own, memory: bytes }];
  });
  const names = shortNames(found.map(({ member }) => member));
  const ranked = found.filter(({ member }) => isRanked(member));
  return {
    rate,
    memory,
    points: found
      .map((point, i) => ({ ...point, name: names[i] ?? '', frontier: standing(point, ranked) }))
      .sort((a, b) => a.memory.value - b.memory.value),
  };
}

function estimateOf({ member }: Pick<Placed, 'member'>, metric: Metric): Estimate | null {
  const summary = summaryOf(member.runs, metric);
  if (summary === null) return null;
  return { value: summary.center, ...(summary.interval ?? { low: summary.center, high: summary.center }) };
}

type Placing = Pick<Point, 'member' | 'rate' | 'memory'>;

function standing(point: Placing, ranked: readonly Placing[]): Point['frontier'] {
  if (!isRanked(point.member)) return 'not ranked';
  const others = ranked.filter((other) => other !== point);
  const surely = others.some(({ rate, memory }) => rate.low > point.rate.high && memory.high < point.memory.low);
  if (surely) return 'no';
  const beaten = others.some(({ rate, memory }) => rate.value > point.rate.value && memory.value < point.memory.value);
  return beaten ? 'perhaps' : 'yes';
}

function sentenceOf(points: readonly Point[]): string {
  const on = points.filter(({ frontier }) => frontier === 'yes');
  const [smallest, fastest] = [on[0], on.toSorted((a, b) => b.rate.value - a.rate.value)[0]];
  if (smallest === undefined || fastest === undefined) return 'Nothing that is shown may be ranked.';
  if (smallest === fastest) return `${fastest.name} is the fastest and takes the least memory.`;
  const ratio = (a: Estimate, b: Estimate) => `${significant(a.value / b.value)}×`;
  return `${fastest.name} is the fastest; ${smallest.name} takes the least memory: ${ratio(fastest.rate, smallest.rate)} the rate costs ${ratio(fastest.memory, smallest.memory)} the memory.`;
}

function layersOf(points: readonly Point[], rate: Metric, memory: Metric, width: number): Layer[] {
  const values = points.map(({ name, member, frontier, ...at }, mark) => ({
    x: at.memory.value,
    xLow: at.memory.low,
    xHigh: at.memory.high,
    y: at.rate.value,
    yLow: at.rate.low,
    yHigh: at.rate.high,
    series: name,
    fill: isRanked(member) ? frameworkColor(member.framework) : paper,
    opacity: frontier === 'no' ? 0.35 : 1,
    mark,
    tip: [
      name,
      figureText(at.rate.value, rate.unit),
      figureText(at.memory.value, memory.unit),
      `on the frontier: ${frontier}`,
      'Click: only this framework',
    ].join('\n'),
  }));
  const x = {
    ...quantitative('x'),
    scale: { zero: true, nice: true },
    axis: { title: `${memory.title} (${memory.unit})`, grid: true },
  };
  const y = {
    ...quantitative('y'),
    scale: { zero: true, nice: true },
    axis: { title: `${rate.title} (${rate.unit})`, grid: true },
  };
  const names = points.map(({ name }) => name);
  const colors = points.map(({ member }) => frameworkColor(member.framework));
  const frontier = values.filter((_, i) => points[i]?.frontier === 'yes');
  return [
    {
      data: { values: frontier },
      mark: { type: 'line', interpolate: 'step-after', color: softInk, strokeWidth: 1.5 },
      encoding: { x, y },
    },
    {
      data: { values },
      mark: { type: 'rule', color: ink, opacity: 0.6 },
      encoding: { x: { ...x, field: 'xLow' }, x2: { field: 'xHigh' }, y },
    },
    {
      data: { values },
      mark: { type: 'rule', color: ink, opacity: 0.6 },
      encoding: { x, y: { ...y, field: 'yLow' }, y2: { field: 'yHigh' } },
    },
    {
      data: { values },
      mark: { type: 'point', size: 110, strokeWidth: 2, cursor: 'pointer' },
      encoding: {
        x,
        y,
        fill: literal('fill'),
        opacity: literal('opacity'),
        stroke: legendOf(names, colors, width, { hollow: true }),
        shape: {
          ...legendOf(names, colors, width, { hollow: true }),
          scale: { domain: names, range: shapesFor(points) },
        },
        tooltip: tip,
      },
    },
  ];
}

const shapes = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down'] as const;

/** One form for each format of the weights, whatever the framework. */
function shapesFor(points: readonly Point[]): string[] {
  const formats = [...new Set(points.map(({ member }) => member.quantize))];
  return points.map(({ member }) => shapes[formats.indexOf(member.quantize) % shapes.length] ?? 'circle');
}

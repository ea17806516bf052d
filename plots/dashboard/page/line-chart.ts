/** Lines over a quantity, a contender each, with the spread of the runs behind every point. */
import { significant } from '../../../scripts/command-line/format.ts';
import { frameworkColor } from '../../render/theme.ts';
import { type Layer, legendOf, quantitative, tip } from './spec.ts';

export interface Line {
  readonly framework: string;
  readonly name: string;
  /** For sentences: without the settings. */
  readonly short: string;
  readonly points: ReadonlyArray<{
    readonly x: number;
    readonly y: number;
    readonly low: number;
    readonly high: number;
  }>;
}

/** More would not be told apart; the table has them all. */
export const mostLines = 12;

interface Axes {
  readonly x: string;
  readonly y: string;
  readonly logarithmic: boolean;
}

/** Lines of one framework have its colour and are told apart by their dashes. A datum's `mark` is the place of its line. */
export function lineLayers(
  lines: readonly Line[],
  { x: xTitle, y: yTitle, logarithmic }: Axes,
  width: number,
): Layer[] {
  const values = lines.flatMap((line, mark) =>
    line.points.map((point) => ({
      ...point,
      series: line.name,
      mark,
      tip: [
        line.name,
        `${xTitle}: ${significant(point.x)}`,
        `${yTitle}: ${significant(point.y)}`,
        'Click: only this framework',
      ].join('\n'),
    })),
  );
  const names = lines.map(({ name }) => name);
  const colors = lines.map(({ framework }) => frameworkColor(framework));
  const sameBefore = lines.map(
    ({ framework }, i) => lines.slice(0, i).filter((other) => other.framework === framework).length,
  );
  const color = legendOf(names, colors, width);
  const dash = {
    ...color,
    scale: { domain: names, range: sameBefore.map((count) => dashes[count % dashes.length] ?? [1, 0]) },
  };
  const places = [...new Set(values.map(({ x }) => x))].sort((a, b) => a - b);
  const x = {
    ...quantitative('x'),
    scale: logarithmic ? { type: 'log' as const, base: 2, nice: false, padding: 12 } : { zero: true, nice: true },
    axis: {
      title: `${xTitle}${logarithmic ? ', logarithmic' : ''}`,
      grid: false,
      labelOverlap: true,
      ...(logarithmic ? { values: places } : {}),
      format: '~g',
    },
  };
  const y = { ...quantitative('y'), scale: { zero: true, nice: true }, axis: { title: yTitle, grid: true } };
  return [
    { data: { values }, mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y, color, strokeDash: dash } },
    {
      data: { values },
      mark: { type: 'rule', strokeWidth: 1.5 },
      encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
    },
    {
      data: { values },
      mark: { type: 'point', filled: true, size: 60, opacity: 1, cursor: 'pointer' },
      encoding: { x, y, color, tooltip: tip },
    },
  ];
}

const dashes = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
] as const;

/** A figure over the answers at a time: a line for engine processes, a dashed one for sequences of one engine. */
import { significant } from '../../scripts/command-line/format.ts';
import { levelMean, type PoolPanel } from '../data/pool-series.ts';
import { textWidth } from '../render/text-width.ts';
import { fontSize, frameworkColor, paper, softInk } from '../render/theme.ts';
import {
  type ChartSpec,
  type PanelSpec,
  panelStack,
  panelWidth,
  printed,
  quantitative,
  scaleFrom,
  shareScale,
  titleAbove,
} from './panel.ts';

export interface ConcurrencyAxis {
  readonly figure: Parameters<typeof levelMean>[1];
  /** With its unit. */
  readonly title: string;
}

/** Pixels of the labels on the left, and of the name at the end of a line. */
const axisWidth = 44;
const nameWidth = 130;
const height = 190;
/** Room above a line for its values. */
const headroom = 1.18;
const lineHeight = 15;

/**
 * @param axes one panel each beside the other; the names of the lines stand at the end of the last one
 * @param whole width of the chart, pixels
 */
export function concurrencyStack(
  panels: readonly PoolPanel[],
  axes: readonly ConcurrencyAxis[],
  whole: number,
): ChartSpec {
  const width = (panelWidth(1, whole) - nameWidth - axes.length * axisWidth) / axes.length;
  return panelStack(
    panels.map((panel) => ({
      title: panel.place,
      cells: axes.map((axis) => {
        const most = hasSharedScale(panels, axis) ? Math.max(...largestOfEach(panels, axis)) : largestOf(panel, axis);
        return concurrencyPanel(panel, axis, { width, most, named: axis === axes.at(-1) });
      }),
    })),
  );
}

/** Whether the panels have one scale for this figure. */
export function hasSharedScale(panels: readonly PoolPanel[], axis: ConcurrencyAxis): boolean {
  return shareScale(largestOfEach(panels, axis));
}

function largestOfEach(panels: readonly PoolPanel[], axis: ConcurrencyAxis): number[] {
  return panels.map((panel) => largestOf(panel, axis));
}

/** The largest of means and single runs. */
function largestOf({ lines }: PoolPanel, { figure }: ConcurrencyAxis): number {
  const values = lines.flatMap(({ levels }) =>
    levels.flatMap((level) => [levelMean(level, figure), ...level.rows.map((row) => row[figure])]),
  );
  return Math.max(0, ...values.filter((value) => value !== null));
}

interface Value {
  readonly kind: string;
  readonly concurrency: number;
  readonly value: number;
}

/** @param looks `most`: the largest value of the axis; `named`: whether the lines have their names at their ends */
function concurrencyPanel(
  panel: PoolPanel,
  { figure, title }: ConcurrencyAxis,
  { width, most, named }: { width: number; most: number; named: boolean },
): PanelSpec {
  const color = frameworkColor(panel.framework);
  const values = panel.lines.flatMap(({ kind, name, levels }) =>
    levels.flatMap((level) => {
      const value = levelMean(level, figure);
      if (value === null) return [];
      const last = level === levels.at(-1);
      return [{ kind, name, concurrency: level.concurrency, value, text: significant(value), last }];
    }),
  );
  const singles = panel.lines.flatMap(({ kind, levels }) =>
    levels
      .filter(({ rows }) => rows.length > 1)
      .flatMap(({ rows, concurrency }) =>
        rows.flatMap((row) => (row[figure] === null ? [] : [{ kind, concurrency, value: row[figure] }])),
      ),
  );
  const counts = [...new Set(values.map(({ concurrency }) => concurrency))].sort((a, b) => a - b);
  const x = {
    field: 'concurrency',
    type: 'ordinal',
    scale: { type: 'point', padding: 0.6, domain: counts },
    // Values below the lowest points have room above the axis.
    axis: { title: 'Answers at a time', labelAngle: 0, offset: 16 },
  } as const;
  const y = {
    ...quantitative('value'),
    scale: scaleFrom({ domain: [0, most * headroom], logarithmic: false }),
    axis: { ...titleAbove(title, 14), grid: true, tickCount: 4 },
  };
  const isSequences = "datum.kind === 'sequences'";
  const strokeDash = { condition: { test: isSequences, value: [5, 4] }, value: [1, 0] };
  const fill = { condition: { test: isSequences, value: paper }, value: color } as const;
  /** A white rim keeps values readable where they lie on a line. */
  const text = (upper: boolean, rim: object) => ({
    data: { values: values.filter((value) => standsAbove(value, values) === upper) },
    mark: { type: 'text' as const, dy: upper ? -12 : 14, ...rim },
    encoding: { text: printed('text') },
  });
  const ends = values.filter(({ last }) => last).sort((a, b) => b.value - a.value);
  const apart = ((ends.at(0)?.value ?? 0) - (ends.at(-1)?.value ?? 0)) / (most * headroom);
  const shift = ends.length > 1 && apart * height < lineHeight ? lineHeight / 2 : 0;
  // Beside the values that stand above and below the points.
  const dx = Math.max(12, ...ends.map((end) => textWidth(end.text, fontSize) / 2 + 5));
  const names = ends.map((end, i) => {
    // A line that ends before the others goes on below the next ones: its name stands under its end.
    const place =
      end.concurrency === counts.at(-1)
        ? ({ align: 'left', dx, dy: i === 0 ? -shift : shift } as const)
        : ({ align: 'center', dy: 18 } as const);
    return {
      data: { values: [end] },
      mark: { type: 'text' as const, ...place, fontWeight: 600 as const, color: softInk },
      encoding: { text: printed('name') },
    };
  });
  return {
    width,
    height,
    data: { values },
    encoding: { x, y },
    layer: [
      { mark: { type: 'line', color, strokeWidth: 2 }, encoding: { detail: { field: 'kind' }, strokeDash } },
      { data: { values: singles }, mark: { type: 'point', size: 14, color: softInk, opacity: 0.7 } },
      { mark: { type: 'point', size: 64, stroke: color, strokeWidth: 2, opacity: 1 }, encoding: { fill } },
      ...[{ color: paper, stroke: paper, strokeWidth: 4 }, {}].flatMap((rim) => [text(true, rim), text(false, rim)]),
      ...(named ? names : []),
    ],
  };
}

/** Where two lines pass the same level, the value of the lower one stands below it. */
function standsAbove(one: Value, values: readonly Value[]): boolean {
  const other = values.find(({ kind, concurrency }) => kind !== one.kind && concurrency === one.concurrency);
  if (other === undefined) return true;
  return one.value === other.value ? one.kind === 'engines' : one.value > other.value;
}

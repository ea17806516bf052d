/** What the charts of the page share: as wide as it is, with their marks saying what they are when they are pointed at. */
import type { TopLevelSpec } from 'vega-lite';
import type { LayerSpec } from 'vega-lite/types_unstable/spec/index.js';
import { brokenLines, letterWidth } from './row-labels.ts';

export type Layer = LayerSpec<string>['layer'][number];

/** Vega draws SVG elements: more of them than this would make the page slow. */
export const mostMarks = 5000;

/** @param height pixels, or of each row */
export function layered(layer: readonly Layer[], width: number, height: number | { step: number }): TopLevelSpec {
  return {
    width,
    height,
    // What stands under the axes comes on top of the height.
    autosize: { type: 'fit-x', contains: 'padding' },
    layer: [...layer],
  };
}

export const quantitative = (field: string) => ({ field, type: 'quantitative' as const });
/** Drawn as it stands: colours, texts. */
export const literal = (field: string) => ({ field, type: 'nominal' as const, scale: null });
/** Lines of text, shown where the mark is pointed at. */
export const tip = { field: 'tip', type: 'nominal' } as const;

/** Names under a chart, one below the other where it is narrow, broken into lines where they are longer than it is wide. */
export function legendOf(names: readonly string[], colors: readonly string[], width: number, { hollow = false } = {}) {
  const letters = Math.floor((width - 60) / letterWidth);
  const broken = new Map(names.map((name) => [name, brokenLines(name, letters)]));
  const longest = Math.max(1, ...[...broken.values()].flat().map((line) => line.length)) * letterWidth + 34;
  return {
    field: 'series',
    type: 'nominal' as const,
    scale: { domain: [...names], range: [...colors] },
    legend: {
      orient: 'bottom' as const,
      title: null,
      columns: Math.max(1, Math.min(names.length, Math.floor((width - 40) / longest))),
      labelLimit: 0,
      labelExpr: `${JSON.stringify(Object.fromEntries([...broken].map(([name, lines]) => [name, lines.join('\n')])))}[datum.label]`,
      symbolOpacity: 1,
      // The fill of these marks has no legend, and would be black.
      ...(hollow ? { symbolFillColor: 'transparent', symbolStrokeWidth: 2 } : {}),
    },
  };
}

/** A place for each of `count` texts along an axis that has room for so many. */
export function somePlaces(count: number, most: number): number[] {
  const kept = Math.max(1, Math.min(most, count));
  return [...new Set(Array.from({ length: kept }, (_, i) => Math.round((i * (count - 1)) / Math.max(1, kept - 1))))];
}

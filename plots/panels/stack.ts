/** Panels under each other, or two beside each other when there are many: every host and weight class has its own. */
import type {
  GenericConcatSpec,
  NonNormalizedSpec,
  LayerSpec as VegaLayer,
} from 'vega-lite/types_unstable/spec/index.js';
import { wrap } from '../render/text-width.ts';
import { chartWidth, subtitleSize } from '../render/theme.ts';

export type ChartSpec = GenericConcatSpec<NonNormalizedSpec>;
export type PanelSpec = VegaLayer<string>;

export interface Panel {
  /** Empty when the subtitle of the chart says it already. */
  readonly title: string;
  readonly cells: readonly PanelSpec[];
  /** Pixels between the cells, with the labels of the second one's axis if it has any. */
  readonly spacing?: number;
}

const cellSpacing = 22;

/** More panels would make each too small to read; the table has them all. */
export const mostPanels = 8;

/** Panels beside each other in a line of the chart. */
export function panelsAcross(count: number): number {
  return count > 3 ? 2 : 1;
}

export function panelWidth(across: number): number {
  return across === 1 ? chartWidth : chartWidth / across - 14;
}

/** How a chart stacks its panels. */
export interface Stack {
  /** Pixels of a row. */
  readonly rowHeight: number;
  /** Panels beside each other, where there are so many. */
  readonly across: (count: number) => number;
}

/** Rows of bars with points beneath; two panels beside each other when there are many. */
export const barStack: Stack = { rowHeight: 32, across: panelsAcross };
/** Smaller rows, where each panel has many columns. */
export const compactStack: Stack = { rowHeight: 25, across: () => 1 };
export const oneBelowOther: Stack = { rowHeight: 32, across: () => 1 };

export function panelStack(panels: readonly Panel[], across = 1): ChartSpec {
  const width = panelWidth(across);
  return {
    concat: panels.map((panel) => ({
      ...(panel.title === ''
        ? {}
        : { title: { text: wrap(panel.title, width * 0.88, subtitleSize, 'semibold'), frame: 'bounds' } }),
      hconcat: [...panel.cells],
      spacing: panel.spacing ?? cellSpacing,
      bounds: 'flush' as const,
    })),
    columns: across,
    align: 'each',
    spacing: { row: 26, column: 28 },
  };
}

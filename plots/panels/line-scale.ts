/** Panels of lines, and the scales that those of a chart share: one kind for all of them, one domain for a column of them. */
import { groupBy } from '../../collate/analysis/group-by.ts';
import { type Domain, type Scale, scaleLines, shareScale } from './panel.ts';

export interface Line {
  readonly color: string;
  /** `main` is full with dots; `part` is dashed with hollow dots; `tail` is dashed with diamonds. */
  readonly style: 'main' | 'part' | 'tail';
  readonly points: ReadonlyArray<{ readonly x: number; readonly y: number; readonly hollow?: boolean }>;
  /** Values of single runs, where there are several. */
  readonly singles: ReadonlyArray<{ readonly x: number; readonly y: number }>;
}

export interface LinePanel {
  /** What its vertical axis is of: panels of one column share it. */
  readonly column: string;
  /** Above the panel, with its unit. */
  readonly title: string;
  readonly lines: readonly Line[];
  readonly width: number;
  /** Every load of the series, ascending. */
  readonly loads: readonly number[];
  readonly loadTitle: string;
  /** A grey line through equal values of both axes: what comes, beside what is answered. */
  readonly diagonal?: boolean;
  /** A grey horizontal line with a few words. */
  readonly limit?: { readonly value: number; readonly words: string };
}

export interface LineScale extends Scale {
  /** Limits that lie within the domain. */
  readonly limits: readonly number[];
  /** Loads of all panels over the same loads. */
  readonly loads: readonly number[];
}

/** Beyond it a linear axis would flatten the small ones. */
const wide = 40;

/** @returns the scale of each panel: those of a column have the same figure on their vertical axis */
export function lineScales(panels: readonly LinePanel[]): (panel: LinePanel) => LineScale {
  const columns = columnsOf(panels);
  const logarithmic = isLogarithmic(columns);
  return (panel) => {
    const column = columns.find((each) => each.includes(panel)) ?? [panel];
    const beside = logarithmic || sharesScale(column) ? column : [panel];
    const over = panels.filter(({ loadTitle }) => loadTitle === panel.loadTitle);
    const loads = [...new Set(over.flatMap((each) => each.loads))].sort((a, b) => a - b);
    return { logarithmic, ...domainOf(beside, logarithmic), loads };
  };
}

/** What the small print says of the scales. */
export function lineScaleLines(panels: readonly LinePanel[]): string[] {
  const columns = columnsOf(panels);
  return scaleLines(isLogarithmic(columns) || columns.every(sharesScale));
}

const columnsOf = (panels: readonly LinePanel[]) => groupBy(panels, ({ column }) => [column]);

/** Never where a panel has the line of equal values, which would be a curve. */
function isLogarithmic(columns: ReadonlyArray<readonly LinePanel[]>): boolean {
  if (columns.flat().some(({ diagonal }) => diagonal === true)) return false;
  return columns.some((column) => {
    const values = column.flatMap(valuesOf);
    const smallest = Math.min(...values.filter((value) => value > 0));
    return smallest > 0 && Math.max(...values) > wide * smallest;
  });
}

function sharesScale(column: readonly LinePanel[]): boolean {
  return shareScale(column.map((panel) => Math.max(0, ...valuesOf(panel))));
}

function domainOf(panels: readonly LinePanel[], logarithmic: boolean): Pick<LineScale, 'domain' | 'limits'> {
  const values = panels.flatMap(valuesOf);
  const largest = Math.max(...values, 1e-9);
  // A limit far above everything would flatten what is measured.
  const limits = panels
    .flatMap(({ limit }) => limit?.value ?? [])
    .filter((value) => value < largest * (logarithmic ? 10 : 2));
  const most = Math.max(largest, ...limits);
  const domain: Domain = logarithmic
    ? [Math.min(...values.filter((value) => value > 0)) / 1.5, most * 2.5]
    : [0, most * 1.15];
  return { domain, limits };
}

function valuesOf({ lines, loads, diagonal }: LinePanel): number[] {
  const drawn = lines.flatMap(({ points, singles }) => [...points, ...singles]).map(({ y }) => y);
  return diagonal === true ? [...drawn, ...loads] : drawn;
}

/** Shares, ratios and verdicts of a comparison in words. */
import { figureText, percent } from '../../scripts/command-line/format.ts';
import type { ComparedRow } from './comparison.ts';

/** `+3.2 %`, `−12 %`: of a ratio. */
export function changeText(ratio: number): string {
  const change = ratio - 1;
  return Math.abs(change) < 0.00005 ? '0 %' : `${change < 0 ? '−' : '+'}${percent(Math.abs(change))}`;
}

export function intervalText({ ratio }: Pick<ComparedRow, 'ratio'>): string {
  if (ratio === null || ratio.interval === null) return 'n/a';
  return `${changeText(ratio.interval.low)} to ${changeText(ratio.interval.high)}`;
}

export function valueText(value: number | null, unit: string): string {
  return value === null ? 'n/a' : figureText(value, unit);
}

export function runsText({ runs }: Pick<ComparedRow, 'runs'>): string {
  return runs.base === runs.head ? `${runs.base}` : `${runs.base}/${runs.head}`;
}

/** Its interval alone speaks for a change that counts, and the corrected test does not: among many figures some look so by chance. */
export function looksChanged({ verdict, ratio, floor }: Pick<ComparedRow, 'verdict' | 'ratio' | 'floor'>): boolean {
  if (verdict === 'regression' || verdict === 'improvement' || ratio === null || ratio.interval === null) return false;
  const excludesOne = ratio.interval.low > 1 || ratio.interval.high < 1;
  return excludesOne && Math.abs(Math.log(ratio.center)) > Math.log1p(floor);
}

export function verdictWord(row: Pick<ComparedRow, 'verdict' | 'unit' | 'ratio' | 'floor'>): string {
  const { verdict, unit } = row;
  switch (verdict) {
    case 'regression':
      return unit === 'B' ? 'more memory' : 'slower';
    case 'improvement':
      return unit === 'B' ? 'less memory' : 'faster';
    case 'unchanged':
      return looksChanged(row) ? 'not established' : 'no difference found';
    case 'insufficient':
      return 'too few runs';
    default:
      return verdict satisfies never;
  }
}

/** The smallest change that would have been found. */
export function smallestText({ smallestChange }: Pick<ComparedRow, 'smallestChange'>): string {
  return smallestChange === null ? 'n/a' : percent(smallestChange);
}

/** `9 for 3.0 %`: how many runs a side find which change. */
export function neededText({ runsNeeded, soughtChange }: Pick<ComparedRow, 'runsNeeded' | 'soughtChange'>): string {
  return `${runsNeeded ?? 'over 10,000'} for ${percent(soughtChange)}`;
}

const heads = [
  'cell',
  'figure',
  'A',
  'B',
  'B against A',
  '95 % interval',
  'runs',
  'verdict',
  'smallest change',
  'runs needed',
];

/** Every figure as a line of a table, for terminal and Markdown. @param align one letter a column */
export function rowsAsTable(rows: readonly ComparedRow[]): {
  heads: readonly string[];
  align: string;
  cells: string[][];
} {
  const cells = rows.map((row) => [
    row.cell,
    `${row.title}${row.disturbed.base + row.disturbed.head > 0 ? ' (disturbed)' : ''}`,
    valueText(row.base, row.unit),
    valueText(row.head, row.unit),
    row.ratio === null ? 'n/a' : changeText(row.ratio.center),
    intervalText(row),
    runsText(row),
    verdictWord(row),
    smallestText(row),
    neededText(row),
  ]);
  return { heads, align: 'llrrrrrlrr', cells };
}

/** What the columns of the table mean, in a line under it. */
export const tableNote =
  'Smallest change: what so many runs would have found. Runs needed: a side, to find the change that was seen, or half as much again as what never counts. (disturbed): with runs that failed their quality checks.';

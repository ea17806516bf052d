/** What changed between two sides: the ratio of every figure with its interval, a panel a figure, a row a cell. */
import type { ComparedRow, ComparisonReport } from '../../collate/comparing/comparison.ts';
import {
  changeText,
  intervalText,
  neededText,
  runsText,
  smallestText,
  valueText,
  verdictWord,
} from '../../collate/comparing/words.ts';
import { percent } from '../../scripts/command-line/format.ts';
import { changePanel } from '../panels/change-panel.ts';
import { type ChartSpec, panelStack, panelWidth } from '../panels/panel.ts';
import { labelled, rowHeights } from '../panels/rows.ts';
import type { Table } from '../report/document.ts';
import { left, right, tableOf } from '../report/table.ts';
import { altText, type Chart } from './chart.ts';
import { moreLines } from './scope.ts';

export const comparison: Chart = {
  name: 'comparison',
  question: 'What changed from A to B?',
  draw({ comparison: report }) {
    if (report === null || report.rows.length === 0) return null;
    const shown = fitting(report.rows);
    return {
      kind: 'picture',
      title: titleOf(report),
      subtitle: subtitleOf(report, shown),
      spec: panels(shown),
      table: tableOfRows(report),
      alt: altText('Ratios of B to A with their intervals.', report.rows.map(inWords)),
    };
  },
};

function titleOf({ rows }: ComparisonReport): string {
  const count = (verdict: ComparedRow['verdict']) => rows.filter((row) => row.verdict === verdict).length;
  const [worse, better] = [count('regression'), count('improvement')];
  if (worse + better > 0) {
    return `Of ${rows.length} figures ${worse || 'none'} got worse and ${better || 'none'} got better from A to B`;
  }
  if (count('insufficient') === rows.length) return `Too few runs for a verdict on any of ${rows.length} figures`;
  return `No difference found between A and B in ${rows.length} figures`;
}

function subtitleOf({ base, head, host, rows, changed }: ComparisonReport, shown: readonly ComparedRow[]): string[] {
  const runs = rows.flatMap((row) => [row.runs.base, row.runs.head]);
  const [least, most] = [Math.min(...runs), Math.max(...runs)];
  return [
    `A: ${base}. B: ${head}. Host ${host}, ${least === most ? least : `${least} to ${most}`} runs a side.`,
    'Dot: ratio after Hodges and Lehmann. Line: 95 % interval, of the exact Mann-Whitney test. Filled: a change; hollow: no difference found, none established, or too few runs.',
    `Band: up to ${percent(Math.max(...shown.map(({ floor }) => floor)))} never counts.`,
    ...(changed.length === 0 ? [] : [`What else changed: ${changed.join(', ')}.`]),
    ...moreLines(rows.length - shown.length, 'figure'),
  ];
}

const mostRows = 28;
/** What a picture may take of a page, pixels. */
const tallest = 1150;
/** Title and axis of a panel. */
const aroundPanel = 95;

/** As many as have room on a page. What changed stands first, so what has no room is what did not. */
function fitting(rows: readonly ComparedRow[]): readonly ComparedRow[] {
  let count = Math.min(rows.length, mostRows);
  while (count > 1 && heightOf(rows.slice(0, count)) > tallest) count--;
  return rows.slice(0, count);
}

function heightOf(rows: readonly ComparedRow[]): number {
  return figurePanels(rows).reduce(
    (sum, { panel, labels }) => sum + aroundPanel + panel.rows.length * rowHeights(labels).step,
    0,
  );
}

function figurePanels(shown: readonly ComparedRow[]) {
  const titles = [...new Set(shown.map(({ title }) => title))];
  return labelled(
    titles.map((title) => ({ title, rows: shown.filter((row) => row.title === title) })),
    ({ rows }) => rows.map(({ cell }) => cell),
  );
}

function panels(shown: readonly ComparedRow[]): ChartSpec {
  return panelStack(
    figurePanels(shown).map(({ panel: { title, rows }, labels }) => ({
      title,
      cells: [changePanel({ rows, labels, width: panelWidth() - labels.width, all: shown })],
    })),
    { titled: true },
  );
}

function tableOfRows({ rows, base, head }: ComparisonReport): Table {
  return tableOf(`${base} (A) and ${head} (B)`, rows, [
    [left('Cell'), ({ cell }) => cell],
    [left('Figure'), ({ title }) => title],
    [right('A'), (row) => ({ text: valueText(row.base, row.unit), value: row.base })],
    [right('B'), (row) => ({ text: valueText(row.head, row.unit), value: row.head })],
    [
      right('B against A'),
      ({ ratio }) => ({ text: ratio === null ? '–' : changeText(ratio.center), value: ratio?.center ?? null }),
    ],
    [right('95 % interval'), intervalText],
    [right('Runs'), runsText],
    [left('Verdict'), verdictWord],
    [right('Smallest change'), (row) => ({ text: smallestText(row), value: row.smallestChange })],
    [right('Runs needed'), (row) => ({ text: neededText(row), value: row.runsNeeded })],
  ]);
}

function inWords(row: ComparedRow): string {
  const change = row.ratio === null ? 'no figure on one side' : changeText(row.ratio.center);
  return `${row.title} of ${row.cell}: ${change}, ${verdictWord(row)}.`;
}

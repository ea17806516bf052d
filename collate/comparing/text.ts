/** A comparison as text for a terminal: the answer first, then every figure, what else changed, and what one side alone has. */
import { counted, percent } from '../../scripts/command-line/format.ts';
import { paint, table } from '../../scripts/command-line/terminal.ts';
import type { ComparedRow, ComparedSide, ComparisonReport, UnmatchedCell } from './comparison.ts';
import { rowsAsTable, tableNote } from './words.ts';

export function comparisonText(report: ComparisonReport): string {
  const { sentence, rows, doubts, onlyIn, sides, floor } = report;
  return [
    paint('bold', sentence),
    ...(rows.length === 0
      ? []
      : [`${rowsTable(rows)}\n${paint('dim', `A change counts from ${percent(floor.share)} on, ${floor.words}.`)}`]),
    ...block('What else changed', changeLines(report)),
    ...block('Before you believe it', doubts),
    ...block(`Only in ${sides.base.words}`, onlyIn.base.map(unmatchedLine)),
    ...block(`Only in ${sides.head.words}`, onlyIn.head.map(unmatchedLine)),
    ...block('Again', firstCommands(rows)),
    [sideLine('A', sides.base), sideLine('B', sides.head)].join('\n'),
  ].join('\n\n');
}

function block(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [[paint('bold', title), ...lines.map((line) => `  ${line}`)].join('\n')];
}

const colours = { regression: 'red', improvement: 'green', unchanged: 'reset', insufficient: 'yellow' } as const;

function rowsTable(rows: readonly ComparedRow[]): string {
  const { heads, align, cells } = rowsAsTable(rows);
  const painted = cells.map((cell, i) => {
    const colour = colours[rows[i]?.verdict ?? 'unchanged'];
    return cell.map((text, column) => (heads[column] === 'verdict' && colour !== 'reset' ? paint(colour, text) : text));
  });
  const dropFirst = ['runs', 'runs needed', 'smallest change', '95 % interval', 'A', 'B'];
  return `${table(heads, painted, align, { dropFirst })}\n${paint('dim', tableNote)}`;
}

/** What changed in all cells, and what beside that in single ones. */
export function changeLines({ changed, rows, cells }: ComparisonReport): string[] {
  const own = new Map<string, string[]>();
  for (const row of rows) {
    for (const change of row.changed.filter((each) => !changed.includes(each))) {
      const names = own.get(change) ?? [];
      own.set(change, names.includes(row.cell) ? names : [...names, row.cell]);
    }
  }
  const where = cells > 1 ? ' (all cells)' : '';
  const more = [...own].map(
    ([change, names]) => `${change} (${names.length > 2 ? counted(names.length, 'cells') : names.join('; ')})`,
  );
  if (rows.length > 0 && changed.length + more.length === 0) return ['nothing that the logs record'];
  return [...changed.map((change) => `${change}${where}`), ...more];
}

export function unmatchedLine({ cell, runs, nearest }: UnmatchedCell): string {
  const other = nearest.length === 0 ? 'nothing like it on the other side' : `the other side has ${nearest.join(', ')}`;
  return `${cell}: ${counted(runs, 'runs')}; ${other}`;
}

/** One for each cell of which a figure changed, or has too few runs for what was to be found. */
function commandsOf(rows: readonly ComparedRow[]): string[] {
  const isOpen = ({ verdict, smallestChange, soughtChange }: ComparedRow) =>
    verdict !== 'unchanged' || (smallestChange ?? 0) > soughtChange;
  return [...new Set(rows.filter(isOpen).flatMap(({ command }) => (command === '' ? [] : [command])))];
}

const mostCommands = 4;

/** A screen full of commands hides the answer; the JSON has that of every row. */
export function firstCommands(rows: readonly ComparedRow[]): string[] {
  const all = commandsOf(rows);
  const more = all.length - mostCommands;
  return [...all.slice(0, mostCommands), ...(more > 0 ? [`# ${more} more are in the rows of --json`] : [])];
}

/** Days are those of UTC, as in the logs. */
export function sideLine(
  name: string,
  { words, runs, counted: usable, hosts, started, leftOut }: ComparedSide,
): string {
  const days = started === null ? [] : [...new Set([started.first, started.last].map((start) => start.slice(0, 16)))];
  const rest = Object.entries(leftOut).map(([reason, count]) => `${count} ${reason}`);
  return [
    `${name}: ${words}, ${usable} of ${counted(runs, 'runs')} count`,
    ...(hosts.length === 0 ? [] : [`on ${hosts.join(', ')}`]),
    ...(days.length === 0 ? [] : [days.join(' to ')]),
    ...(rest.length === 0 ? [] : [`left out: ${rest.join(', ')}`]),
  ].join('; ');
}

/**
 * A gate report as the comment on a pull request: the verdict in the first line, at most ten rows, what could have been found, the
 * command behind each row, the rest folded away. GitHub takes 65,536 characters; 60,000 are used, and what is left out is said.
 */
import { percent } from '../../../scripts/command-line/format.ts';
import type { GateReport, GateRow } from '../../regressions/gate-report.ts';
import { htmlCode, htmlCommand, htmlText } from './html-text.ts';
import { inOrderOfNeed, ratioWords, runsWords, smallestChangeWords, valuesWords, verdictWords } from './row-words.ts';

export const longestComment = 60_000;
const rowsAtTheTop = 10;

/** By this the comment is found again; on the last line, alone. */
export const commentMarker = '<!-- tokenlap: regression gate -->';

export function githubComment(report: GateReport): string {
  const rows = inOrderOfNeed(report.rows).map((row, i) => ({ row, number: i + 1 }));
  const [top, rest] = [rows.slice(0, rowsAtTheTop), rows.slice(rowsAtTheTop)];
  const blocks = new Blocks();
  blocks.add(`<p><strong>${htmlText(report.sentence)}</strong></p>`);
  addTable(blocks, top, '');
  blocks.add(factsOf(report));
  addChanges(blocks, rows);
  addCommands(blocks, top, 'How to repeat each row');
  if (rest.length > 0) {
    addTable(blocks, rest, `The other ${rest.length === 1 ? 'row' : `${rest.length} rows`}`);
    addCommands(blocks, rest, 'How to repeat each of the others');
  }
  return blocks.text();
}

interface Numbered {
  row: GateRow;
  number: number;
}

const leftOut = (what: string) =>
  `<p>Left out, because a comment may have ${longestComment.toLocaleString('en')} characters: ${what}. The report of the gate, gate.json, has all of it.</p>`;
const longestNote = 250;

/** Blocks of HTML, with an empty line between them and never within one, as long as there is room. */
class Blocks {
  readonly #blocks: string[] = [];
  #room = longestComment - commentMarker.length - 2 - 4 * longestNote;

  add(block: string): boolean {
    const length = block.length + 2;
    if (length > this.#room) return false;
    this.#room -= length;
    this.#blocks.push(block);
    return true;
  }

  /** A block that opens and closes around as many items as there is room for. @param what 'rows 11 to 40', of those from the first that is left out */
  addAround(open: string, items: readonly string[], close: string, what: (first: number) => string): void {
    let room = this.#room - open.length - close.length - 4;
    const fitting = items.findIndex((item) => {
      room -= item.length + 1;
      return room < 0;
    });
    const shown = fitting < 0 ? items : items.slice(0, fitting);
    if (shown.length > 0) this.add([open, ...shown, close].join('\n'));
    // For this there is always room.
    if (fitting >= 0) this.#blocks.push(leftOut(what(fitting)));
  }

  text(): string {
    return `${[...this.#blocks, commentMarker].join('\n\n')}\n`;
  }
}

const heads = ['', 'cell', 'metric', 'base → head', 'head / base [interval]', 'verdict', 'runs a side'];

/** @param summary of the fold; empty: not folded */
function addTable(blocks: Blocks, rows: readonly Numbered[], summary: string): void {
  const [open, close] = summary === '' ? ['', ''] : [`<details><summary>${summary}</summary>\n`, '\n</details>'];
  const head = heads.map((title) => `<th>${title}</th>`).join('');
  blocks.addAround(
    `${open}<table>\n<tr>${head}</tr>`,
    rows.map(({ row, number }) => rowHtml(row, number)),
    `</table>${close}`,
    (first) => `${rows.length - first} of ${rows.length} rows of this table`,
  );
}

function rowHtml(row: GateRow, number: number): string {
  const strong = row.verdict === 'regression' && row.primary;
  const verdict = htmlText(verdictWords(row));
  const cells = [
    String(number),
    htmlCode(row.cell),
    `${htmlText(row.title)}<br>${row.higherIsBetter ? 'higher' : 'lower'} is better`,
    htmlText(valuesWords(row)),
    tied(ratioWords(row)),
    strong ? `<strong>${verdict}</strong>` : verdict,
    runsWords(row),
  ];
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

/** In one line. */
function tied(words: string): string {
  return words.replaceAll(' ', '&nbsp;');
}

function factsOf({ base, head, host, floor, falseAlarms, rows }: GateReport): string {
  const smallest = smallestChangeWords(rows);
  const facts = [
    `Compared: ${htmlCode(base)} (base) with ${htmlCode(head)} (head), on ${htmlCode(host)}.`,
    'An interval holds every ratio that the exact Mann-Whitney test of its row does not reject, so the two cannot disagree.',
    `A change counts from ${percent(floor.share)} on, ${htmlText(floor.words)}.`,
    smallest === null
      ? 'The smallest change that could have been found is not known: there are too few runs.'
      : `The smallest change that could have been found: ${smallest}.`,
    `The chance of any false alarm in the whole comparison is at most ${percent(falseAlarms)}.`,
  ];
  return `<ul>\n${facts.map((fact) => `<li>${fact}</li>`).join('\n')}\n</ul>`;
}

/** Each difference once, with its rows. */
function addChanges(blocks: Blocks, rows: readonly Numbered[]): void {
  const byChange = new Map<string, number[]>();
  for (const { row, number } of rows) {
    for (const change of new Set(row.changed)) byChange.set(change, [...(byChange.get(change) ?? []), number]);
  }
  if (byChange.size === 0) return;
  const items = [...byChange].map(([change, numbers]) => `<li>${htmlCode(change)} (${rowsNamed(numbers)})</li>`);
  const list = 'What else differs between base and head, or went wrong';
  blocks.addAround(
    `<details><summary>${list}</summary>\n<ul>`,
    items,
    '</ul>\n</details>',
    (first) => `${items.length - first} of ${items.length} entries of what else differs`,
  );
}

/** Each command once, with its rows. */
function addCommands(blocks: Blocks, rows: readonly Numbered[], summary: string): void {
  const byCommand = new Map<string, number[]>();
  for (const { row, number } of rows) byCommand.set(row.command, [...(byCommand.get(row.command) ?? []), number]);
  const items = [...byCommand].map(([command, numbers]) => `<p>${rowsNamed(numbers)}</p>\n${htmlCommand(command)}`);
  if (items.length === 0) return;
  blocks.addAround(
    `<details><summary>${summary}</summary>`,
    items,
    '</details>',
    (first) => `${items.length - first} of ${items.length} commands`,
  );
}

/** 'row 3', 'rows 1, 2, 4'; of many, the first ones. */
function rowsNamed(numbers: readonly number[]): string {
  const most = 12;
  const more = numbers.length - most;
  const named = numbers.slice(0, most).join(', ');
  return `${numbers.length === 1 ? 'row' : 'rows'} ${named}${more > 0 ? ` and ${more} more` : ''}`;
}

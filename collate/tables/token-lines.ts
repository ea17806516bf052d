/**
 * `<framework>.csv`: a line per generated token. This is the one place where a million of anything is written, so the
 * cells that all tokens of an answer share are made once.
 */

import type { OfRun } from '../../scripts/results/run-facts.ts';
import type { Value } from '../../scripts/results/table.ts';
import type { AnswerRecord, TokenRecord } from '../../scripts/workloads/questions/records.ts';
import { type OfToken, tokenColumns, tokensOf } from '../../scripts/workloads/questions/tables.ts';
import { csvText } from './csv.ts';

/** The columns that differ from token to token: seven in front, two behind. A test reads them back by name. */
const columnsInFront = 7;
const columnsBehind = 2;
const front = tokenColumns.slice(0, columnsInFront);
const shared = tokenColumns.slice(columnsInFront, -columnsBehind);
const behind = tokenColumns.slice(-columnsBehind);

/** @param answer null for tokens of an answer that was never completed: t0 and phase are unknown */
export function writeTokens(
  run: OfRun['run'],
  answer: AnswerRecord | null,
  tokens: readonly TokenRecord[],
  write: (line: string) => void,
): void {
  let sharedCells: string | undefined;
  for (const token of tokensOf(run, answer, tokens)) {
    sharedCells ??= cellsOf(shared, token);
    write(`${cellsOf(front, token)},${sharedCells},${cellsOf(behind, token)}\n`);
  }
}

function cellsOf(columns: ReadonlyArray<(typeof tokenColumns)[number]>, token: OfToken): string {
  let cells = '';
  for (const [i, { of }] of columns.entries()) cells += i === 0 ? cell(of(token)) : `,${cell(of(token))}`;
  return cells;
}

function cell(value: Value | undefined): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? csvText(value) : String(value);
}

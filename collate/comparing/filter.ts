/** Conditions on columns of runs.csv: `quantize=q8_0`, as an option or behind the `?` of a folder. */
import { usageError } from '../../scripts/command-line/errors.ts';
import { withSuggestion } from '../../scripts/command-line/options.ts';
import { type RunRow, runColumns } from '../../scripts/results/runs/runs.ts';

export interface Condition {
  column: keyof RunRow;
  /** As it stands in the table; empty for an empty cell. */
  value: string;
}

/** @throws UserError for what is no `column=value` of runs.csv */
export function conditionOf(text: string): Condition {
  const at = text.indexOf('=');
  if (at < 1) {
    throw usageError(
      `"${text}" is no condition`,
      'Write it as column=value: quantize=q8_0; docs/csv-columns.md has the columns.',
    );
  }
  const name = text.slice(0, at);
  const found = runColumns.find((column) => column.name === name);
  if (found !== undefined) return { column: found.name, value: text.slice(at + 1) };
  const known = runColumns.map((column) => column.name);
  throw usageError(
    withSuggestion(`runs.csv has no column "${name}"`, name, known),
    'docs/csv-columns.md has the columns.',
  );
}

/** `a=1&b=2`, percent-encoded; a plus sign is a plus sign. @throws UserError as `conditionOf` */
export function conditionsOf(query: string): Condition[] {
  return query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => conditionOf(decoded(part)));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Rows that have one of the values of each column that is named. */
export function rowsWhere(rows: readonly RunRow[], conditions: readonly Condition[]): RunRow[] {
  const columns = [...new Set(conditions.map(({ column }) => column))];
  return rows.filter((row) => columns.every((column) => valuesOf(conditions, column).has(`${row[column] ?? ''}`)));
}

function valuesOf(conditions: readonly Condition[], column: keyof RunRow): Set<string> {
  return new Set(conditions.filter((each) => each.column === column).map(({ value }) => value));
}

export function conditionText(conditions: readonly Condition[]): string {
  return conditions.map(({ column, value }) => `${column}=${value}`).join(', ');
}

/** Columns for which both sides name values, and no value in common: what the person compares by. */
export function columnsApart(base: readonly Condition[], head: readonly Condition[]): Array<keyof RunRow> {
  return [...new Set(base.map(({ column }) => column))].filter((column) => {
    const [ofBase, ofHead] = [valuesOf(base, column), valuesOf(head, column)];
    return ofHead.size > 0 && [...ofBase].every((value) => !ofHead.has(value));
  });
}

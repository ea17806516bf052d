/** llama-bench `-o sql`: INSERT statements, read as text. Nothing is executed. */
import { Malformed } from '../../malformed.ts';

const insert = /^\s*INSERT INTO llama_bench \(/;

export function isSql(text: string): boolean {
  return /^\s*(?:CREATE TABLE IF NOT EXISTS|INSERT INTO) llama_bench\b/.test(text);
}

/** Values by field; one statement a line. @throws Malformed for a statement that does not end, or has other values than fields */
export function sqlRows(text: string): Array<{ line: number; cells: Map<string, string> }> {
  return text.split('\n').flatMap((statement, i) => (insert.test(statement) ? [rowOf(statement, i + 1)] : []));
}

function rowOf(statement: string, line: number): { line: number; cells: Map<string, string> } {
  const parts = /^\s*INSERT INTO llama_bench \(([^)]*)\) VALUES \('(.*)'\);\s*$/.exec(statement);
  if (parts === null) throw new Malformed(`line ${line}`, 'the statement does not end');
  const [, names = '', quoted = ''] = parts;
  const fields = names.split(',').map((field) => field.trim());
  // llama-bench does not escape the quotes inside a value: what lies between two values is all that can be relied on.
  const values = quoted.split("', '");
  if (values.length !== fields.length) {
    throw new Malformed(`line ${line}`, `it has ${values.length} values, and there are ${fields.length} fields`);
  }
  return { line, cells: new Map(fields.map((field, at) => [field, values[at] ?? ''])) };
}

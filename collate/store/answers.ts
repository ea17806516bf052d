/** Answers of the store as values that JSON knows, piece by piece. */
import { exitCodes, oneLine, UserError } from '../../scripts/command-line/errors.ts';
import { scriptLine } from '../../scripts/command-line/shell-line.ts';
import { type Database, withoutStack } from './database.ts';

export type AnswerValue = string | number | boolean | null | AnswerValue[] | { [name: string]: AnswerValue };

export interface Answer {
  readonly columns: readonly string[];
  /** Some rows at a time. */
  readonly rows: AsyncIterable<AnswerValue[][]>;
}

/** @throws UserError with what DuckDB says of the statement */
export async function ask({ connection }: Database, sql: string, output: string): Promise<Answer> {
  try {
    const result = await connection.stream(sql);
    return { columns: result.deduplicatedColumnNames(), rows: values(result.yieldRowsJs(), output) };
  } catch (error) {
    throw refused(error, output);
  }
}

async function* values(pieces: AsyncIterable<unknown[][]>, output: string): AsyncGenerator<AnswerValue[][]> {
  try {
    for await (const rows of pieces) yield rows.map((row) => row.map(answerValue));
  } catch (error) {
    throw refused(error, output);
  }
}

function refused(error: unknown, output: string): UserError {
  return new UserError(withoutStack(oneLine(error)), {
    exitCode: exitCodes.usage,
    remedy: `Tables, views and columns: \`${scriptLine('collate/store.ts', output, 'info')}\`. A query changes nothing and reads no other file.`,
    cause: error,
  });
}

function answerValue(value: unknown): AnswerValue {
  switch (typeof value) {
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'string':
    case 'boolean':
      return value;
    default:
      return composed(value);
  }
}

function composed(value: unknown): AnswerValue {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(answerValue);
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, answerValue(part)]));
  }
  return String(value);
}

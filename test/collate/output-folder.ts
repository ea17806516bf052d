/** An output folder that is removed when its test ends. */
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { readTokens } from '../../collate/tables/read.ts';
import type { TokenRow } from '../../scripts/workloads/questions/tables.ts';
import { type LogShape, linesOf, logRecords } from './log-factory.ts';
import { uuidOf } from './run-records.ts';

export function outputFolder() {
  const path = mkdtempSync(join(tmpdir(), 'tokenlap-collate-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const raw = (log: string) => join(path, 'raw', log);
  const file = (log: string, content: string | Buffer) => {
    mkdirSync(dirname(raw(log)), { recursive: true });
    writeFileSync(raw(log), content);
    return log;
  };
  const nameOf = ({ framework = 'llamacpp', number = 1 }: LogShape) =>
    `${framework}/host_tiny_f16_seed42_uuid${uuidOf(number)}.txt`;
  return {
    path,
    /** Where a log lies, by its name below raw/. */
    raw,
    nameOf,
    /** Writes a file below raw/ and returns its name there. */
    file,
    log: (shape: LogShape = {}) => file(nameOf(shape), linesOf(logRecords(shape))),
    append: (log: string, content: string) => appendFileSync(raw(log), content),
  };
}

/** Content of every table by name. */
export function tablesOf(output: string): Record<string, string> {
  const names = readdirSync(output).filter((name) => name.endsWith('.csv'));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(output, name), 'utf8')]));
}

export async function tokensOf(output: string, framework: string): Promise<TokenRow[]> {
  const rows: TokenRow[] = [];
  for await (const row of readTokens(output, framework)) rows.push(row);
  return rows;
}

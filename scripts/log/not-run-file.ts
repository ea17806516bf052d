/**
 * `<output>/sweeps/<name>.jsonl`: the cells of a sweep that have no log, with the reason. Append-only, a line a write: a
 * kill leaves at most a cut last line, which is passed over. The last line about a cell counts.
 */
import { appendFileSync, closeSync, openSync, readSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { fileError, isSystemError } from '../command-line/errors.ts';
import { makeFolder, requireWithin } from '../command-line/folders.ts';
import { readTextFile } from '../command-line/text-file.ts';

/** `skipped` is a choice of the sweep's: too large for the memory here. */
const notRunStatuses = ['failed', 'missing', 'incompatible', 'skipped'] as const;
export type NotRunStatus = (typeof notRunStatuses)[number];

const notRunSchema = z.object({
  type: z.literal('not_run'),
  sweep: z.string(),
  cell: z.string(),
  iteration: z.int().nonnegative(),
  /** Wall clock, ISO 8601. */
  at: z.iso.datetime(),
  hostname: z.string(),
  status: z.enum(notRunStatuses),
  reason: z.string(),
  remedy: z.string().nullable(),
  framework: z.string(),
  /** As asked; empty for the default. */
  size: z.string(),
  quantize: z.string(),
  workload: z.string(),
  device: z.string(),
});
export type NotRunRecord = z.infer<typeof notRunSchema>;

export function sweepsFolder(output: string): string {
  return join(output, 'sweeps');
}

export class NotRunFile {
  readonly path: string;
  readonly #output: string;
  readonly #last = new Map<string, NotRunRecord>();

  /** @throws UserError when the file cannot be read */
  constructor(output: string, name: string) {
    this.#output = output;
    this.path = join(sweepsFolder(output), `${name}.jsonl`);
    for (const record of readNotRun(this.path)) this.#last.set(keyOf(record), record);
  }

  /** Nothing is written where the file says so already. @throws UserError when the disk is full, say */
  add(record: NotRunRecord): void {
    const before = this.#last.get(keyOf(record));
    if (before?.status === record.status && before.reason === record.reason) return;
    requireWithin(this.#output, ['sweeps', relative(this.#output, this.path)]);
    try {
      makeFolder(join(this.path, '..'));
      // What a kill has cut off ends here, so that it does not swallow this line.
      const start = endsInLine(this.path) ? '' : '\n';
      appendFileSync(this.path, `${start}${JSON.stringify(record)}\n`);
    } catch (error) {
      throw fileError(error, this.path, 'writing');
    }
    this.#last.set(keyOf(record), record);
  }
}

/** Lines that are no records are passed over. */
export function readNotRun(path: string): NotRunRecord[] {
  let text: string;
  try {
    text = readTextFile(path);
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return [];
    throw fileError(error, path, 'reading');
  }
  return text.split('\n').flatMap((line) => {
    if (line === '') return [];
    try {
      const record = notRunSchema.safeParse(JSON.parse(line));
      return record.success ? [record.data] : [];
    } catch {
      return [];
    }
  });
}

function keyOf({ hostname, cell }: NotRunRecord): string {
  return `${hostname} ${cell}`;
}

function endsInLine(path: string): boolean {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return true;
  const file = openSync(path, 'r');
  try {
    const last = Buffer.alloc(1);
    readSync(file, last, 0, 1, size - 1);
    return last[0] === 0x0a;
  } finally {
    closeSync(file);
  }
}

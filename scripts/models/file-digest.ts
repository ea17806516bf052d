/**
 * The sha256 and the lineage of model files. Hashing gigabytes takes seconds, so the result is kept in a note beside the file,
 * together with the size and the modification time that it is valid for.
 */
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { z } from 'zod';
import { fileError } from '../command-line/errors.ts';
import { type Lineage, lineageKey, lineageSchema, ownStep, parseLineage } from '../log/lineage.ts';
import { type GgufMetadata, numberField, textField } from './gguf/format.ts';
import { replaceFile } from './new-file.ts';

const noteSchema = z.object({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.number(),
  modifiedMs: z.number(),
  /** How the file came to be, for people: an URL, 'synthesized with seed 42', 'quantized from ...'. */
  origin: z.string().optional(),
  /** The same in machine-readable form, as far as it is known. */
  lineage: lineageSchema.optional(),
});
type DigestNote = z.infer<typeof noteSchema>;

/** Smaller files are hashed once in each process: that is quicker than to look, and leaves no files behind. */
const worthNotingBytes = 16e6;

/** Hashes computed by this process, by path: as long as a file is unchanged, it need not be read again. */
const hashedHere = new Map<string, { state: string; sha256: string }>();

export function digestNotePath(file: string): string {
  return `${file}.sha256.json`;
}

/** The note beside a file, whether or not it still holds. */
export function readDigestNote(file: string): DigestNote | undefined {
  try {
    return noteSchema.safeParse(JSON.parse(readFileSync(digestNotePath(file), 'utf8'))).data;
  } catch {
    return undefined;
  }
}

export async function writeDigestNote(
  file: string,
  sha256: string,
  origin?: string,
  lineage?: Lineage | undefined,
): Promise<void> {
  const { size, mtimeMs } = statSync(file);
  const note: DigestNote = {
    sha256,
    bytes: size,
    modifiedMs: mtimeMs,
    ...(origin === undefined ? {} : { origin }),
    ...(lineage === undefined ? {} : { lineage }),
  };
  await replaceFile(digestNotePath(file), `${JSON.stringify(note, null, 2)}\n`);
}

/**
 * @param progress bytes hashed and in total; not called when the note holds, or this process has hashed the file before
 * @returns lower-case hex
 */
export async function fileSha256(file: string, progress: (done: number, total: number) => void): Promise<string> {
  let size: number;
  let modifiedMs: number;
  let state: string;
  try {
    const stat = statSync(file);
    ({ size, mtimeMs: modifiedMs } = stat);
    state = [stat.ino, size, modifiedMs, stat.ctimeMs].join(' ');
  } catch (error) {
    throw fileError(error, file, 'Reading the model');
  }
  const note = readDigestNote(file);
  if (note !== undefined && note.bytes === size && note.modifiedMs === modifiedMs) return note.sha256;
  const path = resolve(file);
  const known = hashedHere.get(path);
  if (known?.state === state) return known.sha256;
  const sha256 = await hashFile(file, (done) => progress(done, size));
  hashedHere.set(path, { state, sha256 });
  if (size >= worthNotingBytes) {
    // The folder of a user's file may be read-only: then the file is hashed again next time.
    const lineage = note?.sha256 === sha256 ? note.lineage : undefined;
    await writeDigestNote(file, sha256, note?.origin, lineage).catch(() => {});
  }
  return sha256;
}

/**
 * Hashes a model in several files: sha256 over the lines that `sha256sum` prints for them, sorted by name; a single file has its own.
 * @param progress bytes hashed and in total
 */
export async function filesSha256(
  files: readonly string[],
  progress: (done: number, total: number) => void,
): Promise<string> {
  return combinedSha256(files, (file, each) => fileSha256(file, each), progress);
}

/** @param digestOf reports how many bytes of the file are done */
export async function combinedSha256(
  files: readonly string[],
  digestOf: (file: string, progress: (done: number) => void) => Promise<string>,
  progress: (done: number, total: number) => void,
): Promise<string> {
  const sizes = files.map((file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const lines: Array<[name: string, sha256: string]> = [];
  let before = 0;
  for (const [index, file] of files.entries()) {
    lines.push([basename(file), await digestOf(file, (done) => progress(before + done, total))]);
    before += sizes[index] ?? 0;
  }
  const [only] = lines;
  if (only !== undefined && lines.length === 1) return only[1];
  const text = lines.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, sha256]) => `${sha256}  ${name}\n`);
  return createHash('sha256').update(text.join('')).digest('hex');
}

/** Reads the whole file whatever a note says. */
export async function hashFile(file: string, progress: (done: number) => void): Promise<string> {
  const hash = createHash('sha256');
  let done = 0;
  try {
    for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) {
      hash.update(piece);
      done += piece.length;
      progress(done);
    }
  } catch (error) {
    throw fileError(error, file, 'Reading the model');
  }
  return hash.digest('hex');
}

/**
 * @param sha256 of the file
 * @returns a lineage without steps where nothing is recorded: then the file is the root itself
 */
export function lineageOf(path: string, sha256: string, metadata: GgufMetadata): Lineage {
  const note = readDigestNote(path);
  if (note?.lineage !== undefined && note.sha256 === sha256 && note.bytes === statSync(path).size) return note.lineage;
  const written = textField(metadata, lineageKey);
  const parsed = written === undefined ? undefined : parseLineage(written);
  if (parsed !== undefined) return parsed;
  const root = { sha256, name: basename(path) };
  const seed = numberField(metadata, 'tokenlap.synthetic.seed');
  // Random numbers of two formats are not the same numbers, so every synthetic file is a root of its own.
  return { root, steps: seed === undefined ? [] : [ownStep('synthesize', null, { seed })] };
}

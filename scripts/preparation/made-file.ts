/** A model file that was just made: its hash, the note beside it, and what there is to say about it. */
import { bytes, milliseconds } from '../command-line/format.ts';
import { type Lineage, type LineageStep, lineageKey, withStep } from '../log/lineage.ts';
import { fileSha256, writeDigestNote } from '../models/file-digest.ts';
import { ggufFacts } from '../models/gguf/facts.ts';
import { type GgufField, text } from '../models/gguf/format.ts';
import { readGguf } from '../models/gguf/reader.ts';
import type { ModelProgress } from '../models/model-progress.ts';

export interface Made {
  step: LineageStep;
  /** Null: not hashed while it was written. */
  sha256: string | null;
  peakResidentBytes: number | null;
}

/**
 * Hashes the file where that was not done while it was written, and notes where it comes from.
 * @param source lineage of what it was made from
 * @param startedMs when the work on it began, by performance.now()
 */
export async function madeFile(
  path: string,
  origin: string,
  source: Lineage,
  { step, sha256: known, peakResidentBytes }: Made,
  startedMs: number,
  progress: ModelProgress,
) {
  const durationMs = performance.now() - startedMs;
  const sha256 = known ?? (await fileSha256(path, (done, total) => progress({ label: 'hashing', done, total })));
  const lineage = withStep(source, step);
  await writeDigestNote(path, sha256, origin, lineage);
  const file = await readGguf(path);
  const { architecture, parameters, effectiveBitsPerWeight: bitsPerWeight } = ggufFacts(file);
  return {
    path,
    tool: step.tool,
    version: step.version,
    architecture,
    tensors: file.tensors.length,
    parameters,
    bytes: file.fileBytes,
    bitsPerWeight,
    sha256,
    durationMs,
    peakResidentBytes,
    lineage,
  };
}

/** The key of a file that says where it comes from. */
export function lineageField(lineage: Lineage): [key: string, field: GgufField] {
  return [lineageKey, text(JSON.stringify(lineage))];
}

export type MadeFile = Awaited<ReturnType<typeof madeFile>>;

/** @param facts first line: what it is */
export function madeText(facts: string, made: MadeFile, { speed = '', by = made.tool } = {}): string {
  const peak = made.peakResidentBytes === null ? '' : `, at most ${bytes(made.peakResidentBytes)} of memory`;
  return [
    facts,
    `${milliseconds(made.durationMs)}${speed}${peak}, by ${by}`,
    `sha256 ${made.sha256}`,
    `descends from ${made.lineage.root.name}, sha256 ${made.lineage.root.sha256}`,
    made.path,
  ].join('\n');
}

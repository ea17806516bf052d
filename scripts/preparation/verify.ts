/** Everything that can be said about a model file without running it: structure, hash, numbers, tokenizer. */

import { basename } from 'node:path';
import { oneLine, UserError } from '../command-line/errors.ts';
import { significant } from '../command-line/format.ts';
import { combinedSha256, hashFile, readDigestNote } from '../models/file-digest.ts';
import type { GgufFile, StoredTensor } from '../models/gguf/format.ts';
import { readGguf } from '../models/gguf/reader.ts';
import { type TensorStatistics, tensorStatistics } from '../models/gguf/tensor-statistics.ts';
import type { ModelProgress } from '../models/model-progress.ts';
import { weightFormat } from '../models/quantization/tensor-formats.ts';
import { WeightFiles } from '../models/quantization/weight-conversion.ts';
import { type RoundTrip, tokenizerFinding } from './tokenizer-round-trip.ts';

export interface FullVerification extends Verification {
  /** Null where they were not looked at: a quick check, or a file that is damaged. */
  statistics: TensorStatistics[] | null;
  tokenizer: RoundTrip[] | null;
}

/** @param full whether numbers and tokenizer are looked at */
export async function verifyModel(path: string, full: boolean, progress: ModelProgress): Promise<FullVerification> {
  const found = await verifyFile(path, (done, total) => progress({ label: `hashing ${path}`, done, total }));
  if (!full || !found.ok) return { ...found, statistics: null, tokenizer: null };
  const file = await readGguf(path);
  const statistics = await tensorStatistics(file, (done, total) =>
    progress({ label: `reading the numbers of ${path}`, done, total }),
  );
  progress({ label: `trying the tokenizer of ${path}`, done: 0, total: 0 });
  const trial = await tokenizerFinding(path, file.metadata);
  const findings = [...found.findings, statisticsFinding(statistics), trial.finding];
  return { ...found, findings, ok: findings.every(({ ok }) => ok), statistics, tokenizer: trial.trips };
}

function statisticsFinding(statistics: readonly TensorStatistics[]) {
  const suspicious = statistics.filter(({ suspicion }) => suspicion !== null);
  const unread = statistics.filter(({ minimum, nan, infinite }) => minimum === null && nan + infinite === 0);
  const notRead = unread.length === 0 ? '' : ` (${unread.length} in formats that are not decoded here)`;
  if (suspicious.length > 0) {
    const listed = suspicious.slice(0, 5).map(({ name, suspicion }) => `${name}: ${suspicion}`);
    const more = suspicious.length > listed.length ? `; and ${suspicious.length - listed.length} more` : '';
    return { ok: false, text: `numbers look wrong: ${listed.join('; ')}${more}${notRead}` };
  }
  const largest = Math.max(...statistics.map(({ minimum, maximum }) => Math.max(Math.abs(minimum ?? 0), maximum ?? 0)));
  return { ok: true, text: `numbers are finite, at most ${significant(largest)}${notRead}` };
}

export interface Verification {
  path: string;
  ok: boolean;
  /** One line each. */
  findings: Array<{ ok: boolean; text: string }>;
  sha256: string | null;
}

/** @param progress bytes hashed */
export async function verifyFile(path: string, progress: (done: number, total: number) => void): Promise<Verification> {
  const findings: Verification['findings'] = [];
  let sha256: string | null = null;
  try {
    const file = await readGguf(path);
    const { parts, tensors } = file;
    const where = parts.length === 1 ? 'the file' : `its ${parts.length} parts`;
    findings.push({ ok: true, text: `${tensors.length} tensors are within ${where}` });
    findings.push(await normsFinding(file), ...formatFindings(file));
    const digests = new Map<string, string>();
    const digestOf = async (part: string, hashed: (done: number) => void) => {
      const digest = await hashFile(part, hashed);
      digests.set(part, digest);
      return digest;
    };
    sha256 = await combinedSha256(parts, digestOf, progress);
    for (const [part, digest] of digests) findings.push(digestFinding(part, digest, parts.length > 1));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    findings.push({ ok: false, text: oneLine(error) });
  }
  return { path, ok: findings.every((finding) => finding.ok), findings, sha256 };
}

/** A file that calls itself what none of its matrices is; of a mixture the name may be a matter of taste. */
function formatFindings(file: GgufFile): Verification['findings'] {
  const { quantization, mislabelled } = weightFormat(file);
  if (mislabelled === null) return [];
  const { declared, declaredShare } = mislabelled;
  const says = `general.file_type says ${declared}, and most of its weights are ${quantization}`;
  if (declaredShare > 0) return [{ ok: true, text: `${says}: it counts as ${quantization}` }];
  return [{ ok: false, text: `${says}: the file is mislabelled; make or fetch it again` }];
}

function digestFinding(path: string, sha256: string, isPart: boolean) {
  const note = readDigestNote(path);
  const [it, its] = isPart ? [basename(path), `the sha256 of ${basename(path)}`] : ['it', 'its sha256'];
  if (note === undefined) return { ok: true, text: `no sha256 was written down for ${it}: nothing to compare with` };
  const from = note.origin === undefined ? '' : ` (${note.origin})`;
  return note.sha256 === sha256
    ? { ok: true, text: `${its} is the one written down${from}` }
    : { ok: false, text: `${its} differs from the one written down${from}: delete it and fetch or make it again` };
}

/** Norms are small and unquantised: damage anywhere near shows in them as infinities or NaN, and reading them is quick. */
async function normsFinding(file: GgufFile) {
  const norms = file.tensors.filter(({ name, type }) => name.endsWith('norm.weight') && type === 'f32');
  await using files = new WeightFiles();
  for (const tensor of norms) {
    if (!(await hasFiniteValues(files, tensor)))
      return { ok: false, text: `${tensor.name} has infinite or undefined values` };
  }
  return { ok: true, text: `${norms.length} norms are finite` };
}

const pieceBytes = 1024 * 1024;

async function hasFiniteValues(files: WeightFiles, tensor: StoredTensor): Promise<boolean> {
  // In pieces: a tensor that is called a norm may be as large as any.
  const data = new Uint8Array(Math.min(tensor.bytes, pieceBytes));
  for (let done = 0; done < tensor.bytes; done += data.length) {
    const piece = data.subarray(0, Math.min(data.length, tensor.bytes - done));
    await files.read(tensor, tensor.offset + done, piece);
    if (!new Float32Array(piece.buffer, 0, piece.length / Float32Array.BYTES_PER_ELEMENT).every(Number.isFinite)) {
      return false;
    }
  }
  return true;
}

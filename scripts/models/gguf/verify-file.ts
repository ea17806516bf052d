/** Whether a model file is whole and is the one that it was: structure, norms and sha256. */
import { basename } from 'node:path';
import { oneLine, UserError } from '../../command-line/errors.ts';
import { combinedSha256, hashFile, readDigestNote } from '../file-digest.ts';
import { WeightFiles } from '../quantization/weight-files.ts';
import type { GgufFile, StoredTensor } from './format.ts';
import { readGguf } from './reader.ts';
import { weightFormat } from './weight-format.ts';

export interface Verification {
  path: string;
  ok: boolean;
  /** What was found, one line each; the first one that is wrong decides. */
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
    findings.push({ ok: true, text: `${tensors.length} tensors lie within ${where}` });
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

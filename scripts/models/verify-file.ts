/** Whether a model file is whole and is the one that it was: structure, norms and sha256. */
import { type FileHandle, open } from 'node:fs/promises';
import { oneLine, UserError } from '../command-line/errors.ts';
import { hashFile, readDigestNote } from './file-digest.ts';
import type { GgufFile, GgufTensor } from './gguf-format.ts';
import { readGguf } from './gguf-reader.ts';

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
    findings.push({ ok: true, text: `${file.tensors.length} tensors lie within the file` });
    findings.push(await normsFinding(file));
    sha256 = await hashFile(path, (done) => progress(done, file.fileBytes));
    findings.push(digestFinding(path, sha256));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    findings.push({ ok: false, text: oneLine(error) });
  }
  return { path, ok: findings.every((finding) => finding.ok), findings, sha256 };
}

function digestFinding(path: string, sha256: string) {
  const note = readDigestNote(path);
  if (note === undefined) return { ok: true, text: 'no sha256 was written down for it: nothing to compare with' };
  const from = note.origin === undefined ? '' : ` (${note.origin})`;
  return note.sha256 === sha256
    ? { ok: true, text: `its sha256 is the one written down${from}` }
    : { ok: false, text: `its sha256 differs from the one written down${from}: delete it and fetch or make it again` };
}

/** Norms are small and unquantised: damage anywhere near shows in them as infinities or NaN, and reading them is quick. */
async function normsFinding(file: GgufFile) {
  const norms = file.tensors.filter(({ name, type }) => name.endsWith('norm.weight') && type === 'f32');
  await using handle = await open(file.path, 'r');
  for (const tensor of norms) {
    if (!(await hasFiniteValues(handle, tensor)))
      return { ok: false, text: `${tensor.name} has infinite or undefined values` };
  }
  return { ok: true, text: `${norms.length} norms are finite` };
}

async function hasFiniteValues(handle: FileHandle, { offset, bytes }: GgufTensor): Promise<boolean> {
  const data = new Uint8Array(bytes);
  await handle.read(data, 0, bytes, offset);
  return new Float32Array(data.buffer).every(Number.isFinite);
}

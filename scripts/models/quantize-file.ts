/** Makes another format of a model that is there in full precision, once, into the cache. */
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { exitCodes, UserError } from '../command-line/errors.ts';
import { type Lineage, type LineageStep, ownTool, withStep } from '../log/lineage.ts';
import { makeOnce } from './exclusive-file.ts';
import { readDigestNote, writeDigestNote } from './file-digest.ts';
import { lineageOf } from './file-lineage.ts';
import type { GgufFile } from './gguf-format.ts';
import { readGguf } from './gguf-reader.ts';
import { wholeName } from './gguf-split.ts';
import { type GgufLayout, writeGguf } from './gguf-writer.ts';
import { requireSpace } from './model-cache.ts';
import type { ModelProgress } from './model-progress.ts';
import { isQuantizable, type QuantizerTarget, quantizedLayout } from './quantized-layout.ts';
import { convertedTensor } from './weight-conversion.ts';
import { WeightFiles } from './weight-files.ts';

/**
 * @param sha256 of the source file: part of the name, so that another source of the same name makes another file
 * @returns path of the complete file in `folder`
 */
export async function quantizeFile(
  source: GgufFile,
  sha256: string,
  target: QuantizerTarget,
  folder: string,
  progress: ModelProgress,
): Promise<string> {
  requireFullPrecision(source, target);
  const path = join(folder, `${stemOf(source.path)}-${target}-from-${sha256.slice(0, 8)}.gguf`);
  const layout = quantizedLayout(source, target);
  const label = `quantising ${basename(source.path)} to ${target}`;

  let made: string | undefined;
  await makeOnce(
    path,
    async () => isComplete(path, layout.fileBytes),
    async (temporary) => {
      requireSpace(path, layout.fileBytes);
      made = await writeQuantized(source, layout, temporary, (done) =>
        progress({ label, done, total: layout.fileBytes }),
      );
    },
    () => progress({ label: `${label} (another process is at it)`, done: 0, total: layout.fileBytes }),
  );
  const lineage = withStep(lineageOf(source.path, sha256, source.metadata), quantizeStep(sha256, target));
  if (made !== undefined) await writeDigestNote(path, made, `quantised from ${source.path}`, lineage);
  else await addLineage(path, lineage);
  return path;
}

/** @param sha256 of the source */
export function quantizeStep(sha256: string, target: QuantizerTarget): LineageStep {
  return { action: 'quantize', ...ownTool, inputSha256: sha256, options: { to: target, pure: true } };
}

/** Files that were made before lineages were recorded get theirs now. */
async function addLineage(path: string, lineage: Lineage): Promise<void> {
  const note = readDigestNote(path);
  if (note === undefined || note.lineage !== undefined) return;
  await writeDigestNote(path, note.sha256, note.origin, lineage);
}

/** 'model' of '/models/model-f16.gguf'. */
export function stemOf(path: string): string {
  return wholeName(basename(path))
    .replace(/\.gguf$/i, '')
    .replace(/[-.](f32|f16|bf16)$/i, '');
}

/** @throws UserError when weights of the file are quantised already */
export function requireFullPrecision(source: GgufFile, target: string): void {
  if (isQuantizable(source)) return;
  throw new UserError(`${source.path} is quantised already, and ${target} is made only from full precision`, {
    exitCode: exitCodes.usage,
    remedy: 'Use it as it is (--quantize default), or name an f16 file.',
  });
}

/**
 * @param layout what `quantizedLayout` made of the source
 * @param progress bytes of the new file that are written
 * @returns sha256 of the new file
 */
export async function writeQuantized(
  source: GgufFile,
  layout: GgufLayout,
  path: string,
  progress: (doneBytes: number) => void,
): Promise<string> {
  const origins = new Map(source.tensors.map((tensor) => [tensor.name, tensor]));
  await using files = new WeightFiles();
  await using output = await open(path, 'w');
  return await writeGguf(
    output,
    layout,
    ({ name, type }) => {
      const origin = origins.get(name);
      if (origin === undefined) throw new RangeError(`${name} is not in ${source.path}`);
      return convertedTensor(files, origin, type);
    },
    progress,
  );
}

async function isComplete(path: string, fileBytes: number): Promise<boolean> {
  try {
    return (await readGguf(path)).fileBytes === fileBytes;
  } catch {
    return false;
  }
}

/** Writes a model of random weights into the cache, once. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileNamePart } from '../../command-line/file-names.ts';
import { makeOnce } from '../exclusive-file.ts';
import { writeDigestNote } from '../file-digest.ts';
import { type GgufLayout, writeGguf } from '../gguf/writer.ts';
import { type FreeBytes, freeBytesOf, requireSpace } from '../model-cache.ts';
import type { ModelProgress } from '../model-progress.ts';
import type { MixtureName } from '../quantization/tensor-formats.ts';
import type { RegisteredModel } from '../registry-schema.ts';
import { syntheticLayout } from './layout.ts';
import { syntheticWeights } from './weights.ts';

function syntheticFileName(model: RegisteredModel, mixture: MixtureName, seed: number): string {
  return `synthetic-${fileNamePart(model.family)}-${fileNamePart(model.size)}-${mixture}-seed${seed}.gguf`;
}

/**
 * @param folder the model cache
 * @returns path of a complete file; the same seed gives the same bytes
 * @throws UserError when the disk has no room or cannot be written
 */
export async function synthesize(
  model: RegisteredModel,
  mixture: MixtureName,
  seed: number,
  folder: string,
  progress: ModelProgress,
  freeBytes: FreeBytes = freeBytesOf,
): Promise<string> {
  const path = join(folder, syntheticFileName(model, mixture, seed));
  const layout = syntheticLayout(model, mixture, seed);
  const label = `writing synthetic weights: ${model.size} ${mixture}`;
  let sha256: string | undefined;
  await makeOnce(
    path,
    async () => beginsWith(path, layout),
    async (temporary) => {
      requireSpace(path, layout.fileBytes, freeBytes);
      await using file = await open(temporary, 'w');
      sha256 = await writeGguf(file, layout, syntheticWeights(model, seed), (done) =>
        progress({ label, done, total: layout.fileBytes }),
      );
    },
    () => progress({ label: `${label} (another process is at it)`, done: 0, total: layout.fileBytes }),
  );
  if (sha256 !== undefined) await writeDigestNote(path, sha256, `synthesized with seed ${seed}`);
  return path;
}

/** The head holds shape, seed and generator version: a file that begins with it and has its length is the right one. */
function beginsWith(path: string, layout: GgufLayout): boolean {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return false;
  }
  try {
    if (fstatSync(file).size !== layout.fileBytes) return false;
    const head = Buffer.alloc(layout.head.length);
    readSync(file, head, 0, head.length, 0);
    return head.equals(layout.head);
  } finally {
    closeSync(file);
  }
}

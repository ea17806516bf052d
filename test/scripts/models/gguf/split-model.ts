/** Splits a GGUF file as llama.cpp's gguf-split does: all metadata in the first part, counts of 16 bits, tensors of 32 with a sign. */
import { join } from 'node:path';
import type { GgufField } from '../../../../scripts/models/gguf/format.ts';
import { readGguf } from '../../../../scripts/models/gguf/reader.ts';
import { layOutGguf, writeGguf } from '../../../../scripts/models/gguf/writer.ts';
import { rawPieces, WeightFiles } from '../../../../scripts/models/quantization/weight-conversion.ts';

export interface SplitChanges {
  count?: number;
  /** What the first part promises. */
  tensorCount?: number;
  /** As `--no-tensor-first-split` has it. */
  emptyFirst?: boolean;
}

/** @returns paths of the parts, in their order */
export async function splitModel(source: string, folder: string, stem: string, changes: SplitChanges = {}) {
  const file = await readGguf(source);
  const { count = 3, tensorCount = file.tensors.length, emptyFirst = false } = changes;
  const filled = emptyFirst ? count - 1 : count;
  const perPart = Math.ceil(file.tensors.length / filled);
  const paths: string[] = [];
  await using files = new WeightFiles();
  for (let index = 0; index < count; index++) {
    const place = emptyFirst ? index - 1 : index;
    const tensors = place < 0 ? [] : file.tensors.slice(place * perPart, (place + 1) * perPart);
    const metadata = new Map<string, GgufField>([
      ...(index === 0 ? file.metadata : []),
      ['split.no', { type: 'uint16', value: index }],
      ['split.count', { type: 'uint16', value: count }],
      ['split.tensors.count', { type: 'int32', value: tensorCount }],
    ]);
    const path = join(folder, `${stem}-${number(index + 1)}-of-${number(count)}.gguf`);
    await writeGguf(
      path,
      layOutGguf(metadata, tensors),
      ({ name }) => rawPieces(files, tensors.find((tensor) => tensor.name === name) ?? expectNone(name)),
      () => {},
    );
    paths.push(path);
  }
  return paths;
}

function number(part: number): string {
  return String(part).padStart(5, '0');
}

function expectNone(name: string): never {
  throw new Error(`${name} is not in this part`);
}

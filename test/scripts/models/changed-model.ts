/** A copy of a GGUF file with other metadata: the weights stay what they are. */
import { join } from 'node:path';
import type { GgufField } from '../../../scripts/models/gguf/format.ts';
import { readGguf } from '../../../scripts/models/gguf/reader.ts';
import { layOutGguf, writeGguf } from '../../../scripts/models/gguf/writer.ts';
import { rawPieces, WeightFiles } from '../../../scripts/models/quantization/weight-conversion.ts';
import { modelFolder } from './model-folder.ts';

/** @param fields undefined: the key goes */
export async function changedModel(
  source: string,
  fields: Readonly<Record<string, GgufField | undefined>>,
): Promise<string> {
  const file = await readGguf(source);
  const metadata = new Map(file.metadata);
  for (const [key, field] of Object.entries(fields)) {
    if (field === undefined) metadata.delete(key);
    else metadata.set(key, field);
  }
  const path = join(modelFolder(), 'changed.gguf');
  const origins = new Map(file.tensors.map((tensor) => [tensor.name, tensor]));
  await using files = new WeightFiles();
  await writeGguf(
    path,
    layOutGguf(metadata, file.tensors),
    ({ name }) => {
      const origin = origins.get(name);
      if (origin === undefined) throw new Error(`no ${name}`);
      return rawPieces(files, origin);
    },
    () => {},
  );
  return path;
}

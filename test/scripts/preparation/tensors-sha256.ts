/** One hash over the tensors of a GGUF file, whatever their order and the metadata: names, formats and bytes. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { readGguf } from '../../../scripts/models/gguf/reader.ts';

export async function tensorsSha256(path: string): Promise<string> {
  const { tensors } = await readGguf(path);
  const hash = createHash('sha256');
  for (const tensor of [...tensors].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(`${tensor.name} ${tensor.type}\n`);
    const file = await open(tensor.path);
    const bytes = Buffer.alloc(tensor.bytes);
    const { bytesRead } = await file.read(bytes, 0, tensor.bytes, tensor.offset).finally(() => file.close());
    hash.update(bytes.subarray(0, bytesRead));
  }
  return hash.digest('hex');
}

/** One hash over the tensors of a GGUF file, whatever their order and the metadata: names, formats and bytes. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readGguf } from '../../../scripts/models/gguf/reader.ts';

export async function tensorsSha256(path: string): Promise<string> {
  const { tensors } = await readGguf(path);
  const hash = createHash('sha256');
  for (const tensor of [...tensors].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(`${tensor.name} ${tensor.type}\n`);
    hash.update(readFileSync(tensor.path).subarray(tensor.offset, tensor.offset + tensor.bytes));
  }
  return hash.digest('hex');
}

/** GGUF files byte by byte, right and wrong ones: an oracle that shares nothing with the writer. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelFolder } from '../model-folder.ts';

export const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
export const u64 = (value: number | bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
export const text = (value: string) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);

const stringType = 8;

export interface Parts {
  magic?: string;
  version?: number;
  tensorCount?: number | bigint;
  fieldCount?: number | bigint;
  fields?: Buffer[];
  tensors?: Buffer[];
  dataBytes?: number;
}

export const architectureField = Buffer.concat([text('general.architecture'), u32(stringType), text('llama')]);

export function tensorEntry(
  name: string,
  dimensions: readonly (number | bigint)[],
  type: number,
  offset: number,
): Buffer {
  return Buffer.concat([text(name), u32(dimensions.length), ...dimensions.map(u64), u32(type), u64(offset)]);
}

/** A file of one field and one tensor of 32 f32 weights unless told otherwise. */
export function ggufFile(parts: Parts = {}): string {
  const fields = parts.fields ?? [architectureField];
  const tensors = parts.tensors ?? [tensorEntry('a.weight', [32], 0, 0)];
  const head = Buffer.concat([
    Buffer.from(parts.magic ?? 'GGUF', 'latin1'),
    u32(parts.version ?? 3),
    u64(parts.tensorCount ?? tensors.length),
    u64(parts.fieldCount ?? fields.length),
    ...fields,
    ...tensors,
  ]);
  const padding = Buffer.alloc(Math.ceil(head.length / 32) * 32 - head.length);
  return rawFile(Buffer.concat([head, padding, Buffer.alloc(parts.dataBytes ?? 128)]));
}

export function rawFile(content: Buffer | string): string {
  const path = join(modelFolder(), 'model.gguf');
  writeFileSync(path, content);
  return path;
}

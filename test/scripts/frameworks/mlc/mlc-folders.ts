/** Small things in MLC's formats: a model's folder, a library, a package that stands in for web-llm. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export interface FolderChanges {
  config?: Record<string, unknown>;
  manifest?: Record<string, unknown>;
  manifestName?: string;
  tokenizerConfig?: Record<string, unknown>;
}

/** Two layers, two shards: 64 bytes of embeddings, 32 of the output matrix. */
export const tensors = [
  { name: 'model.embed_tokens.q_weight', shape: [4, 4], dtype: 'uint32', nbytes: 64 },
  { name: 'lm_head.q_weight', shape: [2, 4], dtype: 'uint32', nbytes: 32 },
];

export function writeModel(folder: string, changes: FolderChanges = {}): string {
  mkdirSync(folder, { recursive: true });
  const json = (file: string, content: unknown) => writeFileSync(join(folder, file), JSON.stringify(content));
  json('mlc-chat-config.json', {
    model_type: 'llama',
    quantization: 'q4f32_1',
    context_window_size: 2048,
    model_config: { hidden_size: 64, num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2 },
    tokenizer_files: ['tokenizer.json', 'tokenizer_config.json'],
    conv_template: { stop_token_ids: [100] },
    temperature: 1,
    ...changes.config,
  });
  const records = tensors.map((tensor, i) => ({
    dataPath: `params_shard_${i}.bin`,
    nbytes: tensor.nbytes,
    records: [{ ...tensor, byteOffset: 0 }],
  }));
  json(changes.manifestName ?? 'tensor-cache.json', { metadata: { BitsPerParam: 5 }, records, ...changes.manifest });
  for (const { dataPath, nbytes } of records) writeFileSync(join(folder, dataPath), Buffer.alloc(nbytes));
  json('tokenizer.json', {});
  json('tokenizer_config.json', {
    bos_token: { content: '<s>' },
    eos_token: '</s>',
    chat_template: '{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}',
    ...changes.tokenizerConfig,
  });
  return folder;
}

/** What the libraries that fit the models above say of themselves. */
export const libraryModel = { model_type: 'llama', quantization: 'q4f32_1', params: tensors };

/**
 * A WebAssembly module that imports one function and carries a text, as TVM's libraries do.
 * https://webassembly.github.io/spec/core/binary/modules.html
 */
export function libraryBytes(importName: string, model: unknown = libraryModel): Buffer {
  const section = (id: number, content: Buffer) => Buffer.concat([Buffer.from([id]), size(content.length), content]);
  const text = (value: string) => Buffer.concat([size(Buffer.byteLength(value)), Buffer.from(value)]);
  const oneFunctionType = Buffer.from([1, 0x60, 0, 0]);
  const oneImport = Buffer.concat([Buffer.from([1]), text('env'), text(importName), Buffer.from([0, 0])]);
  return Buffer.concat([
    Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]),
    section(1, oneFunctionType),
    section(2, oneImport),
    section(0, Buffer.concat([text('tvm'), Buffer.from(model === null ? '' : JSON.stringify(model))])),
  ]);
}

/** LEB128. */
function size(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    bytes.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) return Buffer.from(bytes);
  }
}

/** As npm unpacks it. */
export async function writeWebLlmDouble(folder: string): Promise<string> {
  mkdirSync(join(folder, 'lib'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: '@mlc-ai/web-llm', version: '0.0.1' }));
  await build({
    entryPoints: [fileURLToPath(new URL('./web-llm-double.ts', import.meta.url))],
    outfile: join(folder, 'lib', 'index.js'),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
  });
  return folder;
}

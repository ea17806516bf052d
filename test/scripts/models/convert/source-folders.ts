/** Tiny folders as the transformers library saves them, made here: nothing is fetched. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { textArrayField, textField } from '../../../../scripts/models/gguf/format.ts';
import { readGguf } from '../../../../scripts/models/gguf/reader.ts';
import { decodeFloat16 } from '../../../../scripts/models/quantization/half-precision.ts';
import { modelFolder } from '../model-folder.ts';

export interface FolderTensor {
  name: string;
  dtype: string;
  shape: readonly number[];
  bytes: Uint8Array;
}

export function writeSafetensors(path: string, tensors: readonly FolderTensor[]): void {
  let at = 0;
  const head: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  for (const { name, dtype, shape, bytes } of tensors) {
    head[name] = { dtype, shape, data_offsets: [at, at + bytes.length] };
    at += bytes.length;
  }
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(path, Buffer.concat([length, text, ...tensors.map(({ bytes }) => bytes)]));
}

export function floats(name: string, shape: readonly number[], value: (index: number) => number): FolderTensor {
  const elements = shape.reduce((product, size) => product * size, 1);
  const values = Float32Array.from({ length: elements }, (_, index) => value(index));
  return { name, dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) };
}

export function writeJson(folder: string, file: string, value: unknown): void {
  writeFileSync(join(folder, file), JSON.stringify(value));
}

const qwenPattern =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** Words split by the expression of Qwen 2, then renamed bytes. */
export const qwenSteps = {
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex: qwenPattern }, behavior: 'Isolated', invert: false },
    { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
  ],
};
export const gpt2Steps = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };

const embedded = fileURLToPath(new URL('../../../../configs/tiny/tiny-chat-f16.gguf', import.meta.url));

/** tokenizer.json with the 256 bytes, merges and control tokens of the embedded model. */
export async function writeByteLevelTokenizer(folder: string, steps: unknown): Promise<void> {
  const { metadata } = await readGguf(embedded);
  const tokens = textArrayField(metadata, 'tokenizer.ggml.tokens') ?? [];
  const special = new Set([509, 510, 511]);
  writeJson(folder, 'tokenizer.json', {
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(tokens.flatMap((token, id) => (special.has(id) ? [] : [[token, id]]))),
      merges: textArrayField(metadata, 'tokenizer.ggml.merges'),
    },
    added_tokens: [...special].map((id) => ({ id, content: tokens[id], special: true, normalized: false })),
    pre_tokenizer: steps,
  });
  writeJson(folder, 'tokenizer_config.json', {
    ...{ bos_token: tokens[509], pad_token: tokens[509], eos_token: { content: tokens[511] } },
    ...{ add_bos_token: false, add_eos_token: false },
    chat_template: textField(metadata, 'tokenizer.chat_template'),
  });
}

/**
 * The embedded model as the folder that it might have come from: names of transformers, and queries and keys in its order,
 * where dimension i of a head turns with dimension i + half. (In GGUF neighbours turn together.)
 */
export async function embeddedAsFolder(): Promise<string> {
  const folder = join(modelFolder(), 'tiny-chat');
  mkdirSync(folder);
  const file = await readGguf(embedded);
  const bytes = readFileSync(embedded);
  const names: Record<string, string> = {
    ...{ attn_norm: 'input_layernorm', attn_q: 'self_attn.q_proj', attn_k: 'self_attn.k_proj' },
    ...{ attn_v: 'self_attn.v_proj', attn_output: 'self_attn.o_proj', ffn_norm: 'post_attention_layernorm' },
    ...{ ffn_gate: 'mlp.gate_proj', ffn_up: 'mlp.up_proj', ffn_down: 'mlp.down_proj' },
  };
  const tensors = file.tensors.map(({ name, shape, type, offset, bytes: length }): FolderTensor => {
    const [, layer, part = ''] = /^blk\.(\d+)\.(\w+)\.weight$/.exec(name) ?? [];
    const outer = name === 'token_embd.weight' ? 'model.embed_tokens.weight' : 'model.norm.weight';
    const data = bytes.subarray(offset, offset + length);
    return {
      name: layer === undefined ? outer : `model.layers.${layer}.${names[part]}.weight`,
      dtype: type === 'f16' ? 'F16' : 'F32',
      shape: [...shape].reverse(),
      bytes: /^attn_[qk]$/.test(part) ? halvesApart(data, (shape[0] ?? 0) * 2, 64) : data,
    };
  });
  // Two shards, as large models have them.
  const middle = Math.floor(tensors.length / 2);
  const shards = {
    'model-00001-of-00002.safetensors': tensors.slice(0, middle),
    'model-00002-of-00002.safetensors': tensors.slice(middle),
  };
  const weightMap: Record<string, string> = {};
  for (const [shard, part] of Object.entries(shards)) {
    writeSafetensors(join(folder, shard), part);
    for (const { name } of part) weightMap[name] = shard;
  }
  writeJson(folder, 'model.safetensors.index.json', { weight_map: weightMap });
  writeJson(folder, 'config.json', {
    ...{ architectures: ['LlamaForCausalLM'], model_type: 'llama', torch_dtype: 'float16', tie_word_embeddings: true },
    ...{ vocab_size: 512, hidden_size: 256, intermediate_size: 256, num_hidden_layers: 4, num_attention_heads: 4 },
    ...{ num_key_value_heads: 2, head_dim: 64, max_position_embeddings: 512, rms_norm_eps: 1e-5, rope_theta: 10000 },
  });
  await writeByteLevelTokenizer(folder, qwenSteps);
  return folder;
}

/** Rows 0, 2, 4, ... of each head first, then 1, 3, 5, ... */
function halvesApart(data: Uint8Array, rowBytes: number, headRows: number): Uint8Array {
  const sorted = new Uint8Array(data.length);
  for (let row = 0; row * rowBytes < data.length; row++) {
    const head = Math.floor(row / headRows);
    const place = row % headRows;
    const from = head * headRows + (place < headRows / 2 ? 2 * place : 2 * (place - headRows / 2) + 1);
    sorted.set(data.subarray(from * rowBytes, (from + 1) * rowBytes), row * rowBytes);
  }
  return sorted;
}

/** Numbers of a tensor in a GGUF file, as f32 or f16. */
export async function weightsOf(path: string, name: string): Promise<number[]> {
  const { tensors } = await readGguf(path);
  const tensor = tensors.find((candidate) => candidate.name === name);
  if (tensor === undefined) throw new Error(`${path} has no ${name}`);
  const bytes = Uint8Array.from(readFileSync(path).subarray(tensor.offset, tensor.offset + tensor.bytes));
  return [...(tensor.type === 'f32' ? new Float32Array(bytes.buffer) : decodeFloat16(new Uint16Array(bytes.buffer)))];
}

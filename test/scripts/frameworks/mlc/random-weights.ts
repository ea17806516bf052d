/** A model in MLC's format with random weights, for the library that it is made for: what runs it is real, the text is noise. */
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { libraryFacts } from '../../../../scripts/frameworks/mlc/library-file.ts';

const cacheSchema = z.object({
  num_hidden_layers: z.int(),
  num_attention_heads: z.int(),
  num_key_value_heads: z.int(),
  head_dim: z.int(),
});

interface Tensor {
  name: string;
  shape: number[];
  dtype: string;
}

/** @returns the parameters that were written */
export function writeRandomModel(libraryPath: string, folder: string): readonly Tensor[] {
  const facts = libraryFacts(libraryPath, readFileSync(libraryPath)).model;
  if (facts === undefined) throw new Error(`${libraryPath} does not say what weights it wants`);
  const cache = cacheSchema.parse(facts.kv_cache);
  const vocabulary = facts.params.find(({ name }) => /embed_tokens|wte/.test(name))?.shape[0] ?? 256;
  mkdirSync(folder, { recursive: true });
  writeJson(join(folder, 'mlc-chat-config.json'), {
    model_type: facts.model_type,
    quantization: facts.quantization,
    model_config: { ...cache, hidden_size: cache.num_attention_heads * cache.head_dim, vocab_size: vocabulary },
    vocab_size: vocabulary,
    context_window_size: 4096,
    sliding_window_size: -1,
    attention_sink_size: -1,
    prefill_chunk_size: 1024,
    temperature: 1,
    top_p: 1,
    tokenizer_files: ['tokenizer.json'],
    tokenizer_info: {
      token_postproc_method: 'byte_level',
      prepend_space_in_encode: false,
      strip_space_in_decode: false,
    },
    conv_template: {
      name: 'plain',
      system_template: '{system_message}',
      system_message: '',
      roles: { user: 'user', assistant: 'assistant', tool: 'tool' },
      seps: ['\n'],
      stop_str: [],
      stop_token_ids: [2],
    },
    tokenlap: { syntheticSeed: 1 },
  });
  writeJson(join(folder, 'tokenizer.json'), byteTokenizer(vocabulary));
  writeShard(folder, facts.params);
  return facts.params;
}

function writeShard(folder: string, params: readonly Tensor[]): void {
  const file = 'params_shard_0.bin';
  const path = join(folder, file);
  writeFileSync(path, '');
  const hash = createHash('md5');
  let byteOffset = 0;
  const records = params.map(({ name, shape, dtype }) => {
    const bytes = contentOf(
      name,
      shape.reduce((product, size) => product * size, 1),
      dtype,
    );
    appendFileSync(path, bytes);
    hash.update(bytes);
    const record = { name, shape, dtype, format: 'raw', nbytes: bytes.length, byteOffset };
    byteOffset += bytes.length;
    return record;
  });
  writeJson(join(folder, 'tensor-cache.json'), {
    metadata: { ParamSize: params.length, ParamBytes: byteOffset },
    records: [{ dataPath: file, format: 'raw-shard', nbytes: byteOffset, records, md5sum: hash.digest('hex') }],
  });
}

/** Packed weights are any bits; scales and matrices are small, norms are one. */
function contentOf(name: string, elements: number, dtype: string): Buffer {
  if (dtype === 'uint32') return Buffer.from(Uint32Array.from({ length: elements }, randomWord).buffer);
  if (dtype !== 'float32') throw new Error(`${name} has the type ${dtype}`);
  const isNorm = /norm/.test(name);
  const isScale = /scale/.test(name);
  const value = () => (isNorm ? 1 : isScale ? 0.005 : (randomWord() / 2 ** 32 - 0.5) * 0.05);
  return Buffer.from(Float32Array.from({ length: elements }, value).buffer);
}

let state = 1;
/** Numerical Recipes' quick generator: the same weights each time. */
function randomWord(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state;
}

/** One token a byte, and fillers up to the size that the library was compiled for. */
function byteTokenizer(vocabulary: number) {
  const bytes = byteCharacters();
  const fillers = Array.from({ length: vocabulary - bytes.length }, (_, i) => `filler${i}`);
  const pieces = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: pieces,
    post_processor: null,
    decoder: pieces,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries([...bytes, ...fillers].map((piece, id) => [piece, id])),
      merges: [],
    },
  };
}

/** The printable characters that stand for bytes in byte-level vocabularies (openai/gpt-2, src/encoder.py). */
function byteCharacters(): string[] {
  let next = 256;
  const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 255 && byte !== 173);
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
}

function writeJson(path: string, content: unknown): void {
  writeFileSync(path, JSON.stringify(content));
}

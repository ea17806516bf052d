/**
 * The sizes of a decoder, read from the metadata of a GGUF file (llama.cpp's src/llama-arch.cpp has the keys), and its rotary
 * positions (Su et al., arXiv 2104.09864): their settings, and tables of cosines and sines.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { type UserError, usageError } from '../../../command-line/errors.ts';
import {
  type GgufFile,
  layersNumberField,
  numberField,
  type StoredTensor,
  textField,
} from '../../../models/gguf/format.ts';

const decoderFamilies = ['llama', 'qwen2', 'gpt2'] as const;
type DecoderFamily = (typeof decoderFamilies)[number];

export interface Rotation {
  base: number;
  /** Divides positions. */
  scale: number;
  /** Number of leading dimensions of a head that are rotated. */
  dimensions: number;
  /** Whether neighbours rotate as a pair, as in llama's files; otherwise dimension i and i + half do. */
  interleaved: boolean;
}

export interface DecoderShape {
  family: DecoderFamily;
  layers: number;
  heads: number;
  keyValueHeads: number;
  headSize: number;
  vocabulary: number;
  /** Positions the model was trained for. */
  contextLength: number;
  normEpsilon: number;
  /** Null: learned positions. */
  rotation: Rotation | null;
}

/** @throws UserError for an architecture, or a feature of a model, for which no graph is written */
export function decoderShape(file: GgufFile): DecoderShape {
  const { metadata, tensors, path } = file;
  const family = familyOf(file);
  const number = (key: string) => {
    const name = `${family}.${key}`;
    const value = layersNumberField(metadata, name);
    if (value === undefined && metadata.has(name)) throw unsupported(path, `no single number "${name}"`);
    return value;
  };
  const needed = (key: string): number => {
    const value = number(key);
    if (value === undefined) throw unsupported(path, `no single number "${family}.${key}"`);
    return value;
  };
  if ((number('expert_count') ?? 0) > 0) throw unsupported(path, 'experts');
  const heads = needed('attention.head_count');
  const headSize = number('attention.key_length') ?? needed('embedding_length') / heads;
  if ((number('attention.value_length') ?? headSize) !== headSize)
    throw unsupported(path, 'values of another length than keys');
  return {
    family,
    layers: needed('block_count'),
    heads,
    keyValueHeads: number('attention.head_count_kv') ?? heads,
    headSize,
    vocabulary: tensors.find(({ name }) => name === 'token_embd.weight')?.shape[1] ?? 0,
    contextLength: needed('context_length'),
    normEpsilon: needed(`attention.${family === 'gpt2' ? 'layer_norm_epsilon' : 'layer_norm_rms_epsilon'}`),
    rotation: family === 'gpt2' ? null : rotationOf(file, family, headSize),
  };
}

function familyOf({ metadata, path }: GgufFile): DecoderFamily {
  const architecture = textField(metadata, 'general.architecture');
  const family = decoderFamilies.find((name) => name === architecture);
  if (family !== undefined) return family;
  throw usageError(
    `ONNX Runtime: no graph is written for the architecture "${architecture}" of ${path}`,
    `Architectures: ${decoderFamilies.join(', ')}.`,
  );
}

function rotationOf({ metadata, path }: GgufFile, family: DecoderFamily, headSize: number): Rotation {
  const number = (key: string) => numberField(metadata, `${family}.rope.${key}`);
  // llama.cpp takes a factor for linear where no type is given, and reads the key of older files too.
  const scaling = textField(metadata, `${family}.rope.scaling.type`) ?? 'linear';
  if (scaling !== 'none' && scaling !== 'linear') throw unsupported(path, `RoPE scaling "${scaling}"`);
  return {
    base: number('freq_base') ?? 10_000,
    scale: scaling === 'linear' ? number('scaling.factor') || number('scale_linear') || 1 : 1,
    dimensions: number('dimension_count') ?? headSize,
    interleaved: family === 'llama',
  };
}

export function unsupported(path: string, what: string): UserError {
  return usageError(
    `ONNX Runtime: ${path} has ${what}, for which no graph is written`,
    'Choose another model, or another framework.',
  );
}

export interface RotaryTables {
  /** Both are of (positions, dimensions / 2), position after position. */
  cosines: Float32Array;
  sines: Float32Array;
}

/**
 * Computes the tables for angles of pair i at position p: p / scale / factor_i · base^(-2i / dimensions).
 * @param factors one for each pair, from the model (Llama 3); undefined: 1
 */
export function rotaryTables(rotation: Rotation, positions: number, factors: Float32Array | undefined): RotaryTables {
  const pairs = rotation.dimensions / 2;
  const cosines = new Float32Array(positions * pairs);
  const sines = new Float32Array(positions * pairs);
  for (let pair = 0; pair < pairs; pair++) {
    const frequency = rotation.base ** (-pair / pairs) / rotation.scale / (factors?.[pair] ?? 1);
    for (let position = 0; position < positions; position++) {
      cosines[position * pairs + pair] = Math.cos(position * frequency);
      sines[position * pairs + pair] = Math.sin(position * frequency);
    }
  }
  return { cosines, sines };
}

/** Reads the values of a small float32 tensor. */
export function readFactors(tensor: StoredTensor): Float32Array {
  const values = new Float32Array(tensor.elements);
  const file = openSync(tensor.path, 'r');
  try {
    readSync(file, new Uint8Array(values.buffer), 0, tensor.bytes, tensor.offset);
  } finally {
    closeSync(file);
  }
  return values;
}

/**
 * GGUF, the file format of llama.cpp (ggml/docs/gguf.md), as values: typed metadata, then tensors.
 * Versions 2 and 3, little-endian.
 */
import type { GgmlTypeName } from './ggml-types.ts';

export const ggufMagic = 'GGUF';
export const ggufVersion = 3;
export const defaultAlignment = 32;

/** Value types in the order of their numbers in a file. */
export const valueTypes = [
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint32',
  'int32',
  'float32',
  'bool',
  'string',
  'array',
  'uint64',
  'int64',
  'float64',
] as const;

export type SmallNumberType = 'uint8' | 'int8' | 'uint16' | 'int16' | 'uint32' | 'int32' | 'float32' | 'float64';
export type BigNumberType = 'uint64' | 'int64';

/** 64-bit integers are bigint, so that a copy is exact. */
export type GgufScalar =
  | { type: SmallNumberType; value: number }
  | { type: BigNumberType; value: bigint }
  | { type: 'bool'; value: boolean }
  | { type: 'string'; value: string };

export type GgufArray =
  | { type: 'array'; of: SmallNumberType; value: readonly number[] }
  | { type: 'array'; of: BigNumberType; value: readonly bigint[] }
  | { type: 'array'; of: 'bool'; value: readonly boolean[] }
  | { type: 'array'; of: 'string'; value: readonly string[] };

export type GgufField = GgufScalar | GgufArray;
export type GgufMetadata = ReadonlyMap<string, GgufField>;

export interface GgufTensorShape {
  name: string;
  /** Row width first: a matrix of m rows and n columns is [n, m]. */
  shape: readonly number[];
  type: GgmlTypeName;
}

export interface GgufTensor extends GgufTensorShape {
  elements: number;
  /** Bytes from the start of the file (not of the data section). */
  offset: number;
  bytes: number;
}

export interface StoredTensor extends GgufTensor {
  /** The file that contains it: one of the parts of a split model. */
  path: string;
}

/** A model: one file, or all parts of a split one. */
export interface GgufFile {
  /** The file by which the model is named: of a split one, the first part. */
  path: string;
  /** All its files in their order. */
  parts: readonly string[];
  version: number;
  /** Sum over all parts. */
  fileBytes: number;
  alignment: number;
  metadata: GgufMetadata;
  tensors: readonly StoredTensor[];
  /** Bytes before the tensor data, sum over all parts. */
  headBytes: number;
}

/** Keys with their values, in the order of a file. */
export type GgufFields = ReadonlyArray<readonly [key: string, field: GgufField]>;

export function integer(value: number): GgufField {
  return { type: 'uint32', value };
}
export function real(value: number): GgufField {
  return { type: 'float32', value };
}
export function flag(value: boolean): GgufField {
  return { type: 'bool', value };
}
export function text(value: string): GgufField {
  return { type: 'string', value };
}

/** A key for a value that may be absent. */
export function optional<T>(key: string, of: (value: T) => GgufField, value: T | undefined): GgufFields {
  return value === undefined ? [] : [[key, of(value)]];
}

/** The text under a key; undefined when it is absent or something else. */
export function textField(metadata: GgufMetadata, key: string): string | undefined {
  const field = metadata.get(key);
  return field?.type === 'string' ? field.value : undefined;
}

/** A number of any width under a key; undefined when it is absent, an array or text. */
export function numberField(metadata: GgufMetadata, key: string): number | undefined {
  const field = metadata.get(key);
  if (field === undefined) return undefined;
  switch (field.type) {
    case 'string':
    case 'bool':
    case 'array':
      return undefined;
    default:
      return Number(field.value);
  }
}

/** A flag; some writers have it as a number, 0 or 1. */
export function flagField(metadata: GgufMetadata, key: string): boolean | undefined {
  const field = metadata.get(key);
  if (field?.type === 'bool') return field.value;
  const number = numberField(metadata, key);
  return number === 0 || number === 1 ? number === 1 : undefined;
}

/** A number that holds for every layer: one, or a list that has it for each; undefined where layers differ. */
export function layersNumberField(metadata: GgufMetadata, key: string): number | undefined {
  const listed = numberArrayField(metadata, key);
  if (listed === undefined) return numberField(metadata, key);
  return new Set(listed).size === 1 ? listed[0] : undefined;
}

export function textArrayField(metadata: GgufMetadata, key: string): readonly string[] | undefined {
  const field = metadata.get(key);
  return field?.type === 'array' && field.of === 'string' ? field.value : undefined;
}

/** Numbers of an array, whatever their width. */
export function numberArrayField(metadata: GgufMetadata, key: string): number[] | undefined {
  const field = metadata.get(key);
  if (field?.type !== 'array' || field.of === 'string' || field.of === 'bool') return undefined;
  return field.value.map(Number);
}

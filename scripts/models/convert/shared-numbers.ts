/** Numbers that config.json and a GGUF file both have, under different names: one table for both directions. */
import { type GgufFields, type GgufMetadata, integer, layersNumberField, optional, real } from '../gguf/format.ts';
import type { ModelConfig } from './model-config.ts';

export interface SharedNumber {
  /** In the file, without the architecture before it. */
  key: string;
  /** In config.json: the name of today first, then those of older files. */
  names: readonly string[];
  of: 'integer' | 'real';
  /** Where config.json does not say it; 'optional': the key is left out. Absent: it must say it. */
  otherwise?: 'optional' | ((config: ModelConfig) => number);
}

/** @throws UserError when config.json lacks one that it must say */
export function sharedFields(config: ModelConfig, numbers: readonly SharedNumber[]): GgufFields {
  return numbers.flatMap(({ key, names, of, otherwise }) => {
    const field = of === 'integer' ? integer : real;
    if (otherwise === 'optional') return optional(key, field, config.number(...names));
    if (otherwise === undefined) return [[key, field(config.required(...names))] as const];
    return [[key, field(config.number(...names) ?? otherwise(config))] as const];
  });
}

/** The numbers of a file under the names of config.json. */
export function sharedValues(
  metadata: GgufMetadata,
  architecture: string,
  numbers: readonly SharedNumber[],
): Record<string, number> {
  return Object.fromEntries(
    numbers.flatMap(({ key, names: [name], of }) => {
      const value = layersNumberField(metadata, `${architecture}.${key}`);
      if (value === undefined || name === undefined) return [];
      return [[name, of === 'integer' ? value : shortestDecimal(value)] as const];
    }),
  );
}

/** The shortest decimal that is the same number in single precision: 1e-5, where the file has 0.000009999999747378752. */
function shortestDecimal(value: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === Math.fround(value)) return shorter;
  }
  return value;
}

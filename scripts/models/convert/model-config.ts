/**
 * config.json of a transformers model. The same number has several names, by the family and the age of the file; positions
 * are at the top level before transformers 5 and under `rope_parameters` since. Keys that were read are remembered: the others
 * are what a conversion leaves out.
 */
import { missingError, usageError } from '../../command-line/errors.ts';
import { shapeLimits } from '../../command-line/files/input-limits.ts';
import type { SourceFolder } from './source-folder.ts';

type Values = Readonly<Record<string, unknown>>;

export interface ConfigEntry {
  /** 'rope_scaling.factor'. */
  path: string;
  /** 'factor'. */
  name: string;
  value: unknown;
  /** The key was read with its type. */
  isRead: boolean;
}

export class ModelConfig {
  readonly file: string;
  readonly #values: Values;
  readonly #read = new Set<string>();
  readonly #parts = new Map<string, ModelConfig>();

  constructor(values: Values, file: string) {
    this.#values = values;
    this.file = file;
  }

  /** The first of the keys that is a number. */
  number(...keys: readonly string[]): number | undefined {
    return keys.map((key) => this.#value(key, isNumber)).find((value) => value !== undefined);
  }

  /** @throws UserError when no key is a number */
  required(...keys: readonly string[]): number {
    const value = this.number(...keys);
    if (value !== undefined) return value;
    throw usageError(
      `${this.file} does not say ${keys.join(' or ')}`,
      'Fetch it again; it is needed for the conversion.',
    );
  }

  text(key: string): string | undefined {
    return this.#value(key, isText);
  }

  flag(key: string): boolean | undefined {
    return this.#value(key, isFlag);
  }

  numbers(key: string): number[] | undefined {
    return this.#value(key, (value): value is number[] => Array.isArray(value) && value.every(isNumber));
  }

  texts(key: string): string[] | undefined {
    return this.#value(key, (value): value is string[] => Array.isArray(value) && value.every(isText));
  }

  object(key: string): ModelConfig | undefined {
    const value = this.#value(key, isObject);
    if (value === undefined) return undefined;
    const part = this.#parts.get(key) ?? new ModelConfig(value, `${key} in ${this.file}`);
    this.#parts.set(key, part);
    return part;
  }

  /** All that is not null; objects that were read as such with what is in them. */
  entries(): ConfigEntry[] {
    return Object.entries(this.#values)
      .filter(([, value]) => value !== null)
      .flatMap(([name, value]): ConfigEntry[] => {
        const inside = this.#parts.get(name)?.entries() ?? [];
        const own = { path: name, name, value, isRead: this.#read.has(name) };
        return [own, ...inside.map((entry) => ({ ...entry, path: `${name}.${entry.path}` }))];
      });
  }

  /** Even as null, which is not the same as nothing where nothing means a default. */
  mentions(key: string): boolean {
    return this.#values[key] !== undefined;
  }

  #value<T>(key: string, is: (value: unknown) => value is T): T | undefined {
    const value = this.#values[key];
    if (!is(value)) return undefined;
    this.#read.add(key);
    return value;
  }
}

/** @throws UserError when there is none */
export function readModelConfig(folder: SourceFolder): ModelConfig {
  const values = folder.json('config.json');
  if (values !== undefined) {
    // Models that see and hear keep the numbers of the text decoder apart.
    const { text_config: text, ...whole } = values;
    const all = { ...whole, ...(isObject(text) ? text : {}) };
    const file = `${folder.path}/config.json`;
    requirePossible(all, file);
    return new ModelConfig(all, file);
  }
  throw missingError(
    `${folder.path} has no config.json`,
    'Name the folder of the model itself, as `save_pretrained` of transformers writes it.',
  );
}

const { layers, width, vocabulary, experts } = shapeLimits;

/** Numbers that determine how much is allocated, by the names of all architectures, with their limits. */
const mostOf: Readonly<Record<string, number>> = {
  ...{ num_hidden_layers: layers, n_layer: layers },
  ...{ hidden_size: width, n_embd: width, d_model: width, head_dim: width, intermediate_size: width, n_inner: width },
  ...{ ffn_hidden_size: width, moe_intermediate_size: width, shared_expert_intermediate_size: width, d_inner: width },
  ...{ num_attention_heads: width, n_head: width, num_key_value_heads: width, num_kv_heads: width, n_head_kv: width },
  ...{ state_size: width, d_state: width, conv_kernel: width, d_conv: width, max_position_embeddings: 2 ** 32 },
  ...{ vocab_size: vocabulary, type_vocab_size: vocabulary },
  ...{ num_local_experts: experts, num_experts: experts, num_experts_per_tok: experts },
};

/** @throws UserError for a number that no model can have */
function requirePossible(values: Values, file: string): void {
  for (const [key, most] of Object.entries(mostOf)) {
    const value = values[key];
    if (!isNumber(value) || (Number.isInteger(value) && value >= 0 && value <= most)) continue;
    throw usageError(
      `${file} says ${key} = ${value}, which is no whole number up to ${most}`,
      'It is damaged: fetch it again.',
    );
  }
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}
function isText(value: unknown): value is string {
  return typeof value === 'string';
}
function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

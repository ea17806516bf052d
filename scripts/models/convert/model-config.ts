/**
 * config.json of a transformers model. The same number has several names, by the family and the age of the file; positions
 * stand at the top level before transformers 5 and under `rope_parameters` since.
 */
import { exitCodes, UserError } from '../../command-line/errors.ts';
import type { SourceFolder } from './source-folder.ts';

type Values = Readonly<Record<string, unknown>>;

export interface RopeParameters {
  base: number | undefined;
  /** Of layers with a sliding window, where it differs. */
  slidingBase: number | undefined;
  /** 'default', 'linear', 'llama3', 'longrope', 'yarn', ... */
  type: string;
  /** Everything else that the scaling needs. */
  values: ModelConfig;
}

export class ModelConfig {
  readonly #values: Values;
  readonly #file: string;

  constructor(values: Values, file: string) {
    this.#values = values;
    this.#file = file;
  }

  /** The first of the keys that is a number. */
  number(...keys: readonly string[]): number | undefined {
    return keys.map((key) => this.#values[key]).find((value): value is number => typeof value === 'number');
  }

  /** @throws UserError when no key is a number */
  required(...keys: readonly string[]): number {
    const value = this.number(...keys);
    if (value !== undefined) return value;
    throw new UserError(`${this.#file} does not say ${keys.join(' or ')}`, {
      exitCode: exitCodes.usage,
      remedy: 'Fetch it again; it is needed for the conversion.',
    });
  }

  text(key: string): string | undefined {
    const value = this.#values[key];
    return typeof value === 'string' ? value : undefined;
  }

  flag(key: string): boolean | undefined {
    const value = this.#values[key];
    return typeof value === 'boolean' ? value : undefined;
  }

  numbers(key: string): number[] | undefined {
    const value = this.#values[key];
    return Array.isArray(value) && value.every((item) => typeof item === 'number') ? value : undefined;
  }

  texts(key: string): string[] | undefined {
    const value = this.#values[key];
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
  }

  object(key: string): ModelConfig | undefined {
    const value = this.#values[key];
    return isObject(value) ? new ModelConfig(value, this.#file) : undefined;
  }

  has(key: string): boolean {
    return this.#values[key] !== undefined && this.#values[key] !== null;
  }
}

/** @throws UserError when there is none */
export function readModelConfig(folder: SourceFolder): ModelConfig {
  const values = folder.json('config.json');
  if (values !== undefined) {
    // Models that see and hear keep the numbers of the text decoder apart.
    const text = isObject(values.text_config) ? values.text_config : {};
    return new ModelConfig({ ...values, ...text }, `${folder.path}/config.json`);
  }
  throw new UserError(`${folder.path} has no config.json`, {
    exitCode: exitCodes.missing,
    remedy: 'Name the folder of the model itself, as `save_pretrained` of transformers writes it.',
  });
}

export function ropeParameters(config: ModelConfig): RopeParameters {
  const own = config.object('rope_parameters') ?? config.object('rope_scaling');
  const values = own?.object('full_attention') ?? own ?? new ModelConfig({}, '');
  return {
    base: values.number('rope_theta') ?? config.number('rope_theta', 'rotary_emb_base'),
    slidingBase: own?.object('sliding_attention')?.number('rope_theta') ?? config.number('rope_local_base_freq'),
    type: (values.text('rope_type') ?? values.text('type') ?? 'default').toLowerCase(),
    values,
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Facts about the model in a folder in MLC's format: mlc-chat-config.json for the model and its tokenizer,
 * tensor-cache.json (before 2026: ndarray-cache.json) for the weights, which are in shards.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { missingError, oneLine, UserError, usageError } from '../../command-line/errors.ts';
import { isPlainName } from '../../command-line/files/folders.ts';
import { textLimits } from '../../command-line/files/input-limits.ts';
import { parseJson, readText } from '../../command-line/files/text-file.ts';
import type { TemplateFacts } from '../chat-template/chat-template.ts';
import { usualBitsPerWeight } from '../quantization.ts';
import { configuredTemplate, configuredToken, tokenizerConfigSchema } from '../tokenizers/tokenizer-files.ts';
import { mlcKvElementsPerPosition } from './shape.ts';

export const mlcConfigFile = 'mlc-chat-config.json';
export const mlcManifestFiles = ['tensor-cache.json', 'ndarray-cache.json'] as const;

const count = z.int().nonnegative();
/** A name that cannot leave the folder. */
const fileName = z.string().refine((name) => name.split('/').every(isPlainName), { error: 'is no plain file name' });

/** See shape.ts. */
const shapeSchema = z.looseObject({
  hidden_size: count.nullish(),
  n_embd: count.nullish(),
  num_hidden_layers: count.nullish(),
  n_layer: count.nullish(),
  num_attention_heads: count.nullish(),
  n_head: count.nullish(),
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  context_window_size: z.int().optional(),
});

const configSchema = z.looseObject({
  model_type: z.string(),
  quantization: z.string(),
  context_window_size: z.int(),
  model_config: shapeSchema.extend({ text_config: shapeSchema.nullish() }),
  tokenizer_files: z.array(fileName).default([]),
  /** Written beside weights that were made, not trained. */
  tokenlap: z.object({ syntheticSeed: z.int() }).optional(),
});
export type MlcConfig = z.infer<typeof configSchema>;

const manifestSchema = z.looseObject({
  metadata: z.looseObject({ ParamBytes: z.number().optional(), BitsPerParam: z.number().optional() }).default({}),
  records: z.array(
    z.looseObject({
      dataPath: fileName,
      nbytes: count,
      records: z.array(z.looseObject({ name: z.string(), shape: z.array(count), nbytes: count })),
    }),
  ),
});
export type MlcManifest = z.infer<typeof manifestSchema>;

export type MlcFacts = ReturnType<typeof mlcFacts>;

/** @throws UserError for what is missing, cut short or no model */
export function mlcFacts(folder: string) {
  const config = readMlcConfig(folder);
  const manifestPath = mlcManifestPath(folder);
  const manifest = readMlcManifest(manifestPath);
  requireShards(folder, manifest);
  const tensors = manifest.records.flatMap((shard) => shard.records);
  const tensorBytes = sum(tensors.map(({ nbytes }) => nbytes));
  const bits = manifest.metadata.BitsPerParam ?? usualBitsPerWeight(config.quantization) ?? 16;
  const { model_config: shape, context_window_size: context } = config;
  return {
    modelType: config.model_type,
    /** MLC's own name: q4f16_1, q0f32, ... */
    quantization: config.quantization,
    parameters: Math.round((tensorBytes * 8) / bits),
    /** Sum over all shards. */
    tensorBytes,
    effectiveBitsPerWeight: bits,
    weightBytesPerToken: weightBytesPerToken(tensors),
    kvElementsPerPosition: mlcKvElementsPerPosition(shape),
    contextLength: context > 0 ? context : (shape.context_window_size ?? 0),
    /** The manifest names the hash of every shard. */
    sha256: createHash('sha256').update(readFileSync(manifestPath)).digest('hex'),
    synthetic: config.tokenlap !== undefined,
    ...tokenizerFacts(join(folder, 'tokenizer_config.json')),
  };
}

export function readMlcConfig(folder: string): MlcConfig {
  return read(join(folder, mlcConfigFile), configSchema);
}

/** @throws UserError when the folder has none, of either name */
export function mlcManifestPath(folder: string): string {
  const found = mlcManifestFiles.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) throw lacking(folder, mlcManifestFiles[0]);
  return found;
}

export function readMlcManifest(path: string): MlcManifest {
  return read(path, manifestSchema);
}

function requireShards(folder: string, { records }: MlcManifest): void {
  for (const { dataPath, nbytes } of records) {
    const size = statSync(join(folder, dataPath), { throwIfNoEntry: false })?.size;
    if (size === undefined) throw lacking(folder, dataPath);
    if (size !== nbytes) {
      throw new UserError(`${join(folder, dataPath)} has ${size} bytes instead of ${nbytes}`, {
        remedy: 'It was cut short: delete it and fetch it again.',
      });
    }
  }
}

/** Without the embedding table, of which a token reads one row, unless the table is the output matrix too. */
function weightBytesPerToken(tensors: ReadonlyArray<{ name: string; nbytes: number }>): number {
  const isOutput = /^lm_head\./;
  const isTable = /(^|\.)(embed_tokens|wte|embed_in)\./;
  const isPositions = /(^|\.)wpe\./;
  const untied = tensors.some(({ name }) => isOutput.test(name));
  const read = tensors.filter(({ name }) => !isPositions.test(name) && !(untied && isTable.test(name)));
  return sum(read.map(({ nbytes }) => nbytes));
}

/** Facts about the tokenizer in the format of the transformers library; the template is the same as in a GGUF file. */
function tokenizerFacts(path: string): TemplateFacts {
  const config = existsSync(path) ? read(path, tokenizerConfigSchema) : tokenizerConfigSchema.parse({});
  return {
    chatTemplate: configuredTemplate(config) ?? null,
    bosToken: configuredToken(config, 'bos_token') ?? null,
    eosToken: configuredToken(config, 'eos_token') ?? null,
    addBosToken: config.add_bos_token === true,
  };
}

function read<S extends z.ZodType>(path: string, schema: S): z.infer<S> {
  const text = readText(path, 'Reading the model', textLimits.config);
  let content: unknown;
  try {
    content = parseJson(text);
  } catch (error) {
    throw notMlc(path, oneLine(error));
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw notMlc(path, `${issue?.path.join('.') || 'it'}: ${issue?.message}`);
}

function notMlc(path: string, fault: string): UserError {
  return usageError(
    `${path} is not as MLC writes it: ${fault}`,
    'Fetch or convert the model again; docs/mlc.md says what its folder has.',
  );
}

function lacking(folder: string, file: string): UserError {
  return missingError(
    `the model ${basename(folder)} has no ${file}`,
    `A folder in MLC's format is whole: look at ${folder}, or fetch it again.`,
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

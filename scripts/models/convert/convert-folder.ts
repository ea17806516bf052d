/** Converts a folder of transformers to one GGUF file: first the plan, which costs nothing, then the weights in a stream. */
import { type UserError, usageError } from '../../command-line/errors.ts';
import { shapeLimits } from '../../command-line/files/input-limits.ts';
import type { GgufField, GgufMetadata } from '../gguf/format.ts';
import { type GgmlTypeName, ggmlTypes } from '../gguf/ggml-types.ts';
import { type GgufLayout, layOutGguf, writeGguf } from '../gguf/writer.ts';
import { WeightFiles } from '../quantization/weight-conversion.ts';
import { isEncodedType } from '../quantization/weight-encoding.ts';
import { fileTypeOfQuantization } from '../quantization.ts';
import { tokenizerFields } from '../tokenizers/tokenizer.ts';
import { requireUnderstood } from './config-keys.ts';
import { type Converter, ggufName } from './converter.ts';
import { converterFor } from './converters.ts';
import { requireRopeType } from './decoder.ts';
import { type ModelConfig, readModelConfig } from './model-config.ts';
import { isExpert, type PlannedTensor, whole } from './planned-tensor.ts';
import type { SourceFolder } from './source-folder.ts';
import { requireReadable, tensorBytesOf } from './tensor-stream.ts';
import { isTied, requireWhole } from './whole-model.ts';

export const convertTargets = ['f32', 'f16', 'bf16', 'q8_0'] as const;
export type ConvertTarget = (typeof convertTargets)[number];

export interface ConversionPlan {
  architecture: string;
  metadata: GgufMetadata;
  layout: GgufLayout;
  tensors: ReadonlyMap<string, PlannedTensor>;
}

export interface ConversionOptions {
  to: ConvertTarget;
  /** `general.name`. */
  name: string;
  /** See TokenizerRequest. */
  pre: string | undefined;
  /** Keys in addition to those of the model. */
  additions: ReadonlyArray<readonly [key: string, field: GgufField]>;
  /** Keys of config.json that are not known here, and that the user accepts (--accept-config). */
  acceptedKeys?: readonly string[] | undefined;
}

/** @throws UserError for everything in the folder that prevents a complete file */
export function planConversion(folder: SourceFolder, options: ConversionOptions): ConversionPlan {
  const config = readModelConfig(folder);
  const converter = converterFor(config);
  const architecture = converter.architecture(config);
  requireRopeType(config, converter.ropeTypes);
  const tensors = plannedTensors(folder, converter, config);
  const metadata = new Map<string, GgufField>([
    ['general.architecture', { type: 'string', value: architecture }],
    ['general.type', { type: 'string', value: 'model' }],
    ['general.name', { type: 'string', value: options.name }],
    ['general.file_type', { type: 'uint32', value: fileTypeOfQuantization(options.to) ?? 0 }],
    ['general.quantization_version', { type: 'uint32', value: 2 }],
    ...options.additions,
    ...converter.metadata(config).map(([key, field]) => [`${architecture}.${key}`, field] as const),
    ...tokenizerFields(folder, config, {
      kinds: converter.tokenizers,
      size: vocabularySize(tensors),
      pre: options.pre,
      additions: (kind) => converter.tokenizerFields?.(kind, config) ?? [],
    }),
  ]);
  requireWhole({ config, converter, architecture, metadata, tensors });
  const { harmless = [] } = converter;
  requireUnderstood(config, { fixed: converter.fixed?.(config) ?? {}, harmless, accepted: options.acceptedKeys ?? [] });
  const layout = layOutGguf(
    metadata,
    tensors.map((tensor) => ({ name: tensor.name, shape: tensor.shape, type: formatOf(tensor, options.to) })),
  );
  return { architecture, metadata, layout, tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])) };
}

/**
 * @param progress bytes of the new file that are written
 * @returns its sha256
 */
export async function writeConversion(
  { layout, tensors }: ConversionPlan,
  path: string,
  progress: (doneBytes: number) => void,
): Promise<string> {
  await using files = new WeightFiles();
  return await writeGguf(
    path,
    layout,
    ({ name, type }) => {
      const planned = tensors.get(name);
      if (planned === undefined || !isEncodedType(type)) throw new RangeError(`${name} was not planned in ${type}`);
      return tensorBytesOf(planned, type, files);
    },
    progress,
  );
}

function plannedTensors(folder: SourceFolder, converter: Converter, config: ModelConfig): PlannedTensor[] {
  const planned = [...(converter.joined?.(folder.tensors, config) ?? [])];
  const unknown: string[] = [];
  for (const source of folder.tensors.values()) {
    if (converter.joined !== undefined && isExpert(source)) {
      requireReadable(source);
      continue;
    }
    if (converter.unneeded?.test(source.name)) continue;
    const current = converter.currentName?.(source.name) ?? source.name;
    const name = ggufName(converter.names(config), current, converter.prefix);
    if (name === undefined) {
      unknown.push(source.name);
      continue;
    }
    requireReadable(source);
    planned.push(converter.tensor?.(name, source, config) ?? whole(name, source));
  }
  if (unknown.length > 0) throw unknownTensors(unknown);
  return withoutTiedOutput(planned, config, converter);
}

/** Omits a second copy of the embedding, which some files have although config.json says that it is the output matrix too. */
function withoutTiedOutput(
  planned: readonly PlannedTensor[],
  config: ModelConfig,
  converter: Converter,
): PlannedTensor[] {
  const tied = isTied(config, converter);
  return planned.filter(({ name }) => !tied || name !== 'output.weight');
}

function unknownTensors(names: readonly string[]): UserError {
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return usageError(
    `the model has tensors that its converter does not know: ${names.slice(0, 3).join(', ')}${more}`,
    'It is a variant that is not converted here (an adapter, quantised weights, ...). Try --tool llama.cpp.',
  );
}

function vocabularySize(tensors: readonly PlannedTensor[]): number {
  const rows = tensors.find(({ name }) => name === 'token_embd.weight')?.shape[1] ?? 0;
  if (rows <= shapeLimits.vocabulary) return rows;
  throw usageError(
    `the token embedding has ${rows} rows, and up to ${shapeLimits.vocabulary} are read`,
    'The weights are damaged: fetch them again.',
  );
}

/** Matrices that stay in full precision (llama.cpp, conversion/base.py, prepare_tensors). */
const fullPrecisionNames = /(^|\.)(ffn_gate_inp|ffn_gate_inp_shexp|position_embd|token_types|ssm_conv1d)\.weight$/;

/** The format of a tensor in a file of this format: vectors and a few tables stay in full precision. */
export function formatOf({ name, shape, fullPrecision }: PlannedTensor, to: ConvertTarget): GgmlTypeName {
  const isMatrix = shape.length > 1 && name.endsWith('.weight') && !name.endsWith('_norm.weight');
  if (!isMatrix || fullPrecision === true || fullPrecisionNames.test(name)) return 'f32';
  return (shape[0] ?? 0) % ggmlTypes[to].blockElements === 0 ? to : 'f16';
}

/** Checks that the planned tensors are those of the model that config.json describes: none missing, none left over, none of another size. */
import { missingError, type UserError, usageError } from '../../command-line/errors.ts';
import type { ModelShape } from '../architectures/model-shape.ts';
import { shapeTensors } from '../architectures/shape-tensors.ts';
import type { GgufMetadata } from '../gguf/format.ts';
import { shapeOfGguf } from '../gguf/shape.ts';
import { type Converter, sourceName } from './converter.ts';
import type { ModelConfig } from './model-config.ts';
import type { PlannedTensor } from './planned-tensor.ts';

export interface ConvertedModel {
  config: ModelConfig;
  converter: Converter;
  architecture: string;
  /** Keys of the architecture. */
  metadata: GgufMetadata;
  tensors: readonly PlannedTensor[];
}

/** @throws UserError naming the first tensors that are wrong */
export function requireWhole(model: ConvertedModel): void {
  const { config, tensors } = model;
  requireLayers(tensors, config);
  const expected = expectedTensors(model);
  const planned = new Map(tensors.map(({ name, shape }) => [name, shape]));
  const lacking = [...expected.keys()].filter((name) => !planned.has(name));
  if (lacking.length > 0) throw missing(lacking, model);
  const more = [...planned.keys()].filter((name) => !expected.has(name));
  if (more.length > 0) throw leftOver(more, model);
  for (const [name, shape] of planned) {
    const wanted = expected.get(name);
    if (wanted !== undefined && wanted.join() !== shape.join()) throw otherSize(name, shape, wanted, model);
  }
}

/** Shapes as GGUF lists them, by name. */
function expectedTensors({ config, converter, architecture, metadata, tensors }: ConvertedModel) {
  const found = shapeOfGguf({ metadata, tensors }, converter.template?.(config));
  if (found === undefined) {
    throw usageError(
      `${config.file} does not say all of what a ${architecture} needs`,
      'Fetch it again; rms_norm_eps or layer_norm_epsilon may be missing.',
    );
  }
  const shape = asConfigured(found.shape, config, converter);
  const expected = new Map(shapeTensors(found.architecture, shape).map((tensor) => [tensor.name, tensor.shape]));
  for (const [name, biases] of Object.entries(converter.layerBiases?.(config) ?? {})) {
    for (let layer = 0; layer < shape.layers; layer++) expected.set(`blk.${layer}.${name}.bias`, [biases]);
  }
  return expected;
}

/** Takes from config.json what `shapeOfGguf` infers from tensors: a tensor that is missing must not count as absent by design. */
function asConfigured(shape: ModelShape, config: ModelConfig, converter: Converter): ModelShape {
  const count = config.number('num_local_experts', 'num_experts') ?? 0;
  const shared = config.number('shared_expert_intermediate_size');
  const { attentionBias: _, experts: _stacked, ...plain } = shape;
  return {
    ...plain,
    tiedEmbeddings: isTied(config, converter),
    ...(count === 0
      ? {}
      : {
          experts: {
            count,
            used: config.required('num_experts_per_tok'),
            feedForward: config.number('moe_intermediate_size') ?? shape.feedForward,
            ...(shared === undefined ? {} : { sharedFeedForward: shared }),
          },
        }),
    ...converter.shape?.(config),
  };
}

export function isTied(config: ModelConfig, converter: Converter): boolean {
  return config.flag('tie_word_embeddings') ?? converter.tiedByDefault;
}

/** A shard that is missing without an index shows in layers that are not there. */
function requireLayers(planned: readonly PlannedTensor[], config: ModelConfig): void {
  const layers = config.required('num_hidden_layers', 'n_layer');
  const lacking = Array.from({ length: layers }, (_, layer) => layer).filter(
    (layer) => !planned.some(({ name }) => name.startsWith(`blk.${layer}.`)),
  );
  const embedding = planned.find(({ name }) => name === 'token_embd.weight');
  if (lacking.length > 0 || embedding === undefined) {
    const what = lacking.length > 0 ? `layer ${lacking[0]} of ${layers}` : 'the token embedding';
    throw missingError(`the weights lack ${what}`, fetchTheRest);
  }
  // Padded rows are announced by a key of their own.
  const vocabulary = config.number('pad_vocab_size_multiple') === undefined ? config.number('vocab_size') : undefined;
  const rows = embedding.shape[1];
  if (vocabulary === undefined || vocabulary === rows) return;
  throw usageError(
    `the token embedding has ${rows} rows, and ${config.file} says vocab_size = ${vocabulary}`,
    'Weights and config.json are of two models: fetch both again.',
  );
}

const fetchTheRest = 'Files of weights are missing: fetch the rest of the model.';
const shownNames = 3;

function missing(names: readonly string[], { config, converter }: ConvertedModel): UserError {
  const isHead = names.length === 1 && names[0] === 'output.weight';
  return missingError(
    `the weights lack ${list(names, converter, config)}`,
    isHead
      ? 'Without its output matrix it is no language model: fetch the rest, or the model that it is the trunk of.'
      : fetchTheRest,
  );
}

function leftOver(names: readonly string[], { config, converter, architecture }: ConvertedModel): UserError {
  return usageError(
    `the weights have ${list(names, converter, config)}, and by its config.json this ${architecture} has no such tensor`,
    'Weights and config.json are of two models, or it is a variant: try --tool llama.cpp.',
  );
}

function otherSize(
  name: string,
  shape: readonly number[],
  wanted: readonly number[],
  { config, converter }: ConvertedModel,
): UserError {
  const sizes = `${shape.toReversed().join(' × ')}, and by its config.json ${wanted.toReversed().join(' × ')}`;
  return usageError(
    `${list([name], converter, config)} is ${sizes}`,
    'Weights and config.json are of two models, or it is a variant: try --tool llama.cpp.',
  );
}

/** With the names of the source, where they are known. */
function list(names: readonly string[], converter: Converter, config: ModelConfig): string {
  const shown = names.slice(0, shownNames).map((name) => sourceName(converter.names(config), name) ?? name);
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : '';
  return `${shown.join(', ')}${more}`;
}

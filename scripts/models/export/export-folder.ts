/**
 * Exports a GGUF file as a folder that transformers loads: the opposite of a conversion. First the plan, which is checked by
 * planning the way back, then the weights in a stream.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { type FileHandle, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, isSystemError, UserError, usageError } from '../../command-line/errors.ts';
import { formatOf, planConversion } from '../convert/convert-folder.ts';
import type { Converter, ExportedFile } from '../convert/converter.ts';
import { exporterFor } from '../convert/converters.ts';
import { ModelConfig } from '../convert/model-config.ts';
import { type SourceTensor, safetensorsHead } from '../convert/safetensors.ts';
import { sharedValues } from '../convert/shared-numbers.ts';
import { type SourceFolder, singleFile } from '../convert/source-folder.ts';
import { sourceTypes } from '../convert/tensor-stream.ts';
import { ggufFacts } from '../gguf/facts.ts';
import type { GgufFile } from '../gguf/format.ts';
import { ggmlTypes } from '../gguf/ggml-types.ts';
import { shapeOfGguf } from '../gguf/shape.ts';
import { requireFree, writeOutput } from '../new-file.ts';
import { WeightFiles } from '../quantization/weight-conversion.ts';
import { encodedPieces } from '../quantization/weight-encoding.ts';
import { type ExportedTokenizer, exportedTokenizer } from '../tokenizers/exported-tokenizer.ts';
import { type ExportedTensor, exportedTensor, exportedWeights, storedNumbers } from './exported-weights.ts';
import { requireSameModel } from './same-model.ts';

export const exportTypes = ['f32', 'f16', 'bf16'] as const;
export type ExportType = (typeof exportTypes)[number];

interface WeightOfFolder extends ExportedTensor {
  type: ExportType;
  /** As the file of weights lists it. */
  entry: Pick<SourceTensor, 'name' | 'dtype' | 'shape' | 'bytes'>;
}

export interface ExportPlan {
  architecture: string;
  /** Class of transformers. */
  modelClass: string;
  weights: readonly WeightOfFolder[];
  /** Bytes of all weights. */
  weightBytes: number;
  /** Every number of the folder is one of the file, without rounding. */
  exact: boolean;
  /** All other files by name, the configuration last: a folder that has it is complete. */
  files: ReadonlyMap<string, string | Uint8Array>;
}

export const configFile = 'config.json';

/** @throws UserError for everything in the file that a folder cannot express */
export async function planExport(file: GgufFile, type: ExportType): Promise<ExportPlan> {
  const { architecture, experts } = ggufFacts(file);
  const { converter, exported, modelClass } = exporterFor(architecture);
  if (experts !== null) throw refused(`its layers have ${experts.count} experts, and only dense models are exported`);
  const found = shapeOfGguf(file, undefined);
  if (found === undefined) throw refused(`it does not say all of what a ${architecture} needs, or its layers differ`);
  const tokenizer = exportedTokenizer(file.metadata);
  const factors = file.tensors.find(({ name }) => name === 'rope_freqs.weight');
  const source: ExportedFile = {
    ...{ architecture, metadata: file.metadata, shape: found.shape },
    tensors: new Set(file.tensors.map(({ name }) => name)),
    ropeFactors: factors && (await storedNumbers(factors)),
  };
  const { bos, eos, pad } = tokenizer.ids;
  const ids = Object.fromEntries(
    Object.entries({ bos_token_id: bos, eos_token_id: eos, pad_token_id: pad }).filter(([, id]) => id !== undefined),
  );
  const values = {
    architectures: [modelClass],
    model_type: architecture,
    ...sharedValues(file.metadata, architecture, exported.numbers),
    ...exported.values(source),
    vocab_size: found.shape.vocabulary,
    tie_word_embeddings: found.shape.tiedEmbeddings,
    ...ids,
    torch_dtype: dtypeNames[type],
  };
  const weights = weightsOf(file, converter, new ModelConfig(values, configFile), type);
  const folder = plannedFolder(file, values, tokenizer, weights);
  requireSameModel(file, found.shape, planConversion(folder, { to: type, name: '', pre: undefined, additions: [] }));
  const ends = tokenizer.endIds.length > 1 ? { eos_token_id: tokenizer.endIds } : {};
  return {
    ...{ architecture, modelClass, weights },
    weightBytes: weights.reduce((sum, { entry }) => sum + entry.bytes, 0),
    exact: weights.every((weight) => weight.type === 'f32' || weight.type === weight.stored.type),
    files: new Map<string, string | Uint8Array>([
      ...(tokenizer.model === undefined ? [] : [[tokenizerModel, tokenizer.model] as const]),
      ['tokenizer.json', asJson(tokenizer.json)],
      ['tokenizer_config.json', asJson({ ...tokenizer.config, model_max_length: found.shape.contextLength })],
      ['generation_config.json', asJson({ ...ids, ...ends })],
      [configFile, asJson(values)],
    ]),
  };
}

const dtypeNames = { f32: 'float32', f16: 'float16', bf16: 'bfloat16' } as const;

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function refused(why: string): UserError {
  return new UserError(`the model is not exported: ${why}`, { remedy: 'Choose another model.' });
}

function weightsOf(file: GgufFile, converter: Converter, config: ModelConfig, type: ExportType): WeightOfFolder[] {
  // Made of numbers of config.json, which are checked against them.
  const computed = new Set(converter.joined?.(new Map(), config).map(({ name }) => name));
  const weights = file.tensors
    .filter(({ name }) => !computed.has(name))
    .map((stored): WeightOfFolder => {
      const tensor = exportedTensor(stored, converter, config);
      const own = exportTypes.find((known) => known === formatOf(tensor.planned, type)) ?? 'f32';
      const { name, shape } = tensor.source;
      const bytes = stored.elements * ggmlTypes[own].blockBytes;
      return { ...tensor, type: own, entry: { name, dtype: storageName(own), shape, bytes } };
    });
  // The widest numbers first, so that every tensor begins at a multiple of its own.
  return weights.sort((a, b) => ggmlTypes[b.type].blockBytes - ggmlTypes[a.type].blockBytes);
}

function storageName(type: ExportType): string {
  const found = Object.entries(sourceTypes).find(([, own]) => own === type);
  if (found === undefined) throw new RangeError(`${type} has no name in safetensors files`);
  return found[0];
}

/** The folder as the converter would find it. */
function plannedFolder(
  file: GgufFile,
  config: Record<string, unknown>,
  tokenizer: ExportedTokenizer,
  weights: readonly WeightOfFolder[],
): SourceFolder {
  const texts: Readonly<Record<string, Record<string, unknown>>> = {
    [configFile]: config,
    'tokenizer.json': tokenizer.json,
    'tokenizer_config.json': tokenizer.config,
  };
  return {
    ...{ path: file.path, name: '', weightFiles: [] },
    tensors: new Map(weights.map(({ source }) => [source.name, source])),
    json: (name) => texts[name],
    text: () => undefined,
    bytes: (name) => (name === tokenizerModel ? tokenizer.model : undefined),
  };
}

/**
 * @param properties metadata of the file of weights
 * @param progress bytes of weights that are written
 * @param elsewhere for messages: how another place is named
 * @returns bytes of all files
 * @throws UserError when the disk has too little space, or the format does not hold the numbers
 */
export async function writeExport(
  plan: ExportPlan,
  folder: string,
  properties: Readonly<Record<string, string>>,
  progress: (doneBytes: number) => void,
  elsewhere = toOption,
): Promise<number> {
  const head = safetensorsHead(
    plan.weights.map(({ entry }) => entry),
    // Without it, transformers does not load the file.
    { format: 'pt', ...properties },
  );
  let bytes = head.length + plan.weightBytes;
  // What is replaced is no model until the last file of the new one is there.
  if (existsSync(folder)) await prepareFolder(folder);
  await writeOutput(
    join(folder, singleFile),
    bytes,
    (temporary) => writeWeights(temporary, head, plan, progress),
    elsewhere,
  );
  for (const [name, content] of plan.files) {
    const length = Buffer.byteLength(content);
    await writeOutput(join(folder, name), length, (temporary) => writeFile(temporary, content), elsewhere);
    bytes += length;
  }
  return bytes;
}

/**
 * transformers reads many files by their names: one of another model beside the new ones would change it.
 * @param replace whether an earlier export may be there
 * @throws UserError when something else is there
 */
export function requireFreeFolder(folder: string, replace: boolean): void {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isDirectory()) throw usageError(`${folder} is a file`, `Name a new folder with ${toOption}.`);
  requireFree(join(folder, configFile), replace, toOption);
  const others = readdirSync(folder).filter((name) => !ownFiles.some((own) => name === own || isUnfinished(name, own)));
  if (others.length === 0) return;
  throw usageError(
    `${folder} has other files: ${others.slice(0, 3).join(', ')}${others.length > 3 ? ', ...' : ''}`,
    `Name a new or an empty folder with ${toOption}.`,
  );
}

const tokenizerModel = 'tokenizer.model';
const ownFiles = [
  ...[singleFile, tokenizerModel, 'tokenizer.json', 'tokenizer_config.json', 'generation_config.json'],
  configFile,
];

/** Left by a process that was killed. */
function isUnfinished(name: string, own: string): boolean {
  return name.startsWith(`${own}.`) && /\.(writing|lock)$/.test(name);
}

async function prepareFolder(folder: string): Promise<void> {
  try {
    for (const name of [configFile, tokenizerModel]) await rm(join(folder, name), { force: true });
  } catch (error) {
    throw isSystemError(error) ? fileError(error, folder, 'Replacing the folder') : error;
  }
}

/** For messages: how another place is named. */
const toOption = '--to FOLDER';

async function writeWeights(
  path: string,
  head: Buffer,
  { weights }: ExportPlan,
  progress: (doneBytes: number) => void,
): Promise<void> {
  await using target = await open(path, 'w');
  await using files = new WeightFiles();
  let position = await writeAt(target, head, 0);
  for (const weight of weights) {
    const end = position + weight.entry.bytes;
    for await (const piece of encodedPieces(weight.stored.name, weight.type, exportedWeights(weight, files))) {
      position = await writeAt(target, piece, position);
      progress(position - head.length);
    }
    if (position !== end) throw new RangeError(`${weight.entry.name} should end at byte ${end}, not at ${position}`);
  }
}

/** @returns the position after it */
async function writeAt(target: FileHandle, piece: Uint8Array, position: number): Promise<number> {
  for (let done = 0; done < piece.length; ) {
    const { bytesWritten } = await target.write(piece, done, piece.length - done, position + done);
    done += bytesWritten;
  }
  return position + piece.length;
}

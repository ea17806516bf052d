/** Every known model, the formats that it is available in, how large they are, and which of its files are on this machine. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { missingError, usageError } from '../command-line/errors.ts';
import { shellLine, startWords } from '../command-line/shell-line.ts';
import { shapeTensors } from './architectures/shape-tensors.ts';
import { type SizeClass, sizeClassOf } from './architectures/size.ts';
import { tensorBytes } from './gguf/ggml-types.ts';
import { firstPartOf } from './gguf/split.ts';
import { downloadedPath, ggufSource } from './model-files.ts';
import { isMixtureName, tensorFormat } from './quantization/tensor-formats.ts';
import { encodedTypes } from './quantization/weight-encoding.ts';
import { usualBitsPerWeight } from './quantization.ts';
import { findModel, loadRegistry, modelCalled, offeredFiles, parametersOf, repositoryRoot } from './registry.ts';
import type { RegisteredModel, Registry } from './registry-schema.ts';

export interface CatalogEntry {
  id: string;
  name: string;
  size: string;
  algorithm: string;
  sizeClass: SizeClass;
  parameters: number;
  quantizations: Array<{ name: string; isDefault: boolean; bytes: number; estimated: boolean; path: string | null }>;
  /** Names of this model's files of random weights in the cache. */
  synthetic: string[];
}

/** @param folder the model cache */
export function modelCatalog(registry: Registry, folder: string): CatalogEntry[] {
  const cached = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.gguf')) : [];
  return registry.models.map((model) => ({
    id: model.id,
    name: model.name,
    size: model.size,
    algorithm: model.family,
    sizeClass: sizeClassOf(parametersOf(model)),
    parameters: parametersOf(model),
    quantizations: quantizationsOf(model, folder),
    synthetic: cached.filter((name) => name.startsWith(`synthetic-${model.family}-${model.size}-`)),
  }));
}

function quantizationsOf(model: RegisteredModel, folder: string): CatalogEntry['quantizations'] {
  const entry = (name: string, isDefault: boolean, knownBytes: number | undefined, path: string | null) => {
    const size = path === null ? undefined : statSync(path, { throwIfNoEntry: false })?.size;
    return {
      name,
      isDefault,
      bytes: size ?? knownBytes ?? estimatedBytes(model, name),
      estimated: size === undefined && knownBytes === undefined,
      path: size === undefined ? null : path,
    };
  };
  if (model.embedded !== undefined) {
    const { quantization, file } = model.embedded;
    const made = encodedTypes.filter((target) => target !== quantization);
    return [
      entry(quantization, true, undefined, join(repositoryRoot, file)),
      ...made.map((target) => entry(target, false, undefined, null)),
    ];
  }
  const source = ggufSource(model);
  if (source === undefined) return [];
  return offeredFiles(source).map((file) =>
    entry(file.quantization, file.quantization === source.default, file.bytes, downloadedPath(folder, file)),
  );
}

/** Estimated from the formats of its tensors; metadata is extra. */
function estimatedBytes(model: RegisteredModel, quantization: string): number {
  if (!isMixtureName(quantization)) {
    return Math.round((parametersOf(model) * (usualBitsPerWeight(quantization) ?? 16)) / 8);
  }
  return shapeTensors(model.architecture, model.shape).reduce(
    (sum, tensor) => sum + (tensorBytes(tensorFormat(quantization, tensor, model), tensor.shape) ?? 0),
    0,
  );
}

/** Absolute paths of all complete models below the cache folder; a split one by its first part. */
export function cachedModelFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => basename(name).endsWith('.gguf'))
    .map((name) => join(folder, name))
    .sort();
  // Parts of a split model are checked with the first one; without it they are named by themselves.
  return files.filter((file) => firstPartOf(file) === file || !files.includes(firstPartOf(file)));
}

/**
 * Trained weights go before random ones.
 * @param folder the model cache
 * @throws UserError when it names no model, or one of which no file is here
 */
export function namedFile(name: string, folder: string): string {
  if (existsSync(name)) return resolve(name);
  if (/[/\\]|\.gguf$/i.test(name)) {
    throw missingError(`there is no file ${name}`, 'Check the path.');
  }
  const registry = loadRegistry();
  const model = modelCalled(registry, name) ?? findModel(registry, name, undefined);
  const entry = modelCatalog(registry, folder).find((candidate) => candidate.id === model.id);
  const trained = entry?.quantizations.flatMap((format) => (format.path === null ? [] : [format.path])) ?? [];
  const files = trained.length > 0 ? trained : (entry?.synthetic.map((file) => join(folder, file)) ?? []);
  const [only, ...others] = files;
  if (only === undefined) {
    throw missingError(
      `no file of ${model.name} is on this machine`,
      `Run \`${makeLine('fetch', model)}\` or \`${makeLine('synthesize', model)}\` first.`,
    );
  }
  if (others.length === 0) return only;
  throw usageError(`${name} has ${files.length} files on this machine`, `Name one: ${files.join(' ')}`);
}

function makeLine(command: string, { size, family }: RegisteredModel): string {
  return shellLine([...startWords('scripts/models.ts'), command, size, '--algorithm', family]);
}

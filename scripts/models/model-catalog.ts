/** Every known model with the formats it is to be had in, how large they are, and which lie on this machine. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { shapeTensors } from './architectures/shape-tensors.ts';
import { tensorBytes } from './gguf/ggml-types.ts';
import { firstPartOf } from './gguf/split.ts';
import { downloadedPath, ggufSource } from './model-files.ts';
import { quantizerTargets } from './quantization/quantized-layout.ts';
import { isMixtureName, tensorFormat } from './quantization/tensor-formats.ts';
import { usualBitsPerWeight } from './quantization.ts';
import { offeredFiles, parametersOf, repositoryRoot } from './registry.ts';
import type { RegisteredModel, Registry } from './registry-schema.ts';
import { type SizeClass, sizeClassOf } from './size-class.ts';

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
    const made = quantizerTargets.filter((target) => target !== quantization);
    return [
      entry(quantization, true, undefined, join(repositoryRoot, file)),
      ...made.map((target) => entry(target, false, undefined, null)),
    ];
  }
  const source = ggufSource(model);
  if (source === undefined) return [];
  return offeredFiles(source).map((file) =>
    entry(file.quantization, file.quantization === source.default, file.bytes, downloadedPath(folder, source, file)),
  );
}

/** From the formats that its tensors would get; metadata comes on top. */
function estimatedBytes(model: RegisteredModel, quantization: string): number {
  if (!isMixtureName(quantization)) {
    return Math.round((parametersOf(model) * (usualBitsPerWeight(quantization) ?? 16)) / 8);
  }
  return shapeTensors(model.architecture, model.shape).reduce(
    (sum, tensor) => sum + (tensorBytes(tensorFormat(quantization, tensor, model), tensor.shape) ?? 0),
    0,
  );
}

/** All complete models below the cache folder, absolute; a split one by its first part. */
export function cachedModelFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => basename(name).endsWith('.gguf'))
    .map((name) => join(folder, name))
    .sort();
  // Parts of a split model are checked with the first one; without it they are named by themselves.
  return files.filter((file) => firstPartOf(file) === file || !files.includes(firstPartOf(file)));
}

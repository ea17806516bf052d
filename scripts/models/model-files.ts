/** Provides a model's file on this disk in the chosen format: synthetic, embedded, given or downloaded. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { missingError, usageError } from '../command-line/errors.ts';
import { pathWithin } from '../command-line/files/folders.ts';
import type { Quantization } from '../log/records/model-record.ts';
import { filesSha256 } from './file-digest.ts';
import { ggufFacts } from './gguf/facts.ts';
import type { GgufFile } from './gguf/format.ts';
import { readGguf } from './gguf/reader.ts';
import { download } from './hub/download.ts';
import { type Hub, withoutTheHub } from './hub/hub.ts';
import type { ModelProgress } from './model-progress.ts';
import { formatsMadeOf, quantizeFile } from './quantization/quantize-file.ts';
import { isMixtureName, mixtureNames } from './quantization/tensor-formats.ts';
import { isEncodedType } from './quantization/weight-encoding.ts';
import { chooseQuantization, defaultQuantization, parseQuantization, usualBitsPerWeight } from './quantization.ts';
import { type OfferedFile, offeredFiles, parametersOf, repositoryRoot } from './registry.ts';
import type { ModelSource, RegisteredModel } from './registry-schema.ts';
import { synthesize } from './synthetic/synthesize.ts';

export interface ModelFile {
  path: string;
  quantization: Quantization;
}

/** The requested format, and the formats that the framework runs (empty: any). */
export interface FormatWish {
  quantize: string;
  formats: readonly string[];
  /** False: F32 is not made of quantised weights. */
  expands?: boolean | undefined;
}

export interface Cache {
  /** For models that are fetched or made. */
  folder: string;
  progress: ModelProgress;
}

/** The format for a model without a default. */
const syntheticDefault = 'q8_0';

export async function syntheticFile(
  model: RegisteredModel,
  wish: FormatWish,
  seed: number,
  { folder, progress }: Cache,
): Promise<ModelFile> {
  const quantization = chooseQuantization(wish.quantize, {
    available: mixtureNames,
    preferred: ggufSource(model)?.default ?? syntheticDefault,
    runnable: wish.formats,
    source: 'synthetic weights are written',
  });
  if (!isMixtureName(quantization.got)) throw new RangeError(`${quantization.got} is not written`);
  return { path: await synthesize(model, quantization.got, seed, folder, progress), quantization };
}

/** A model of this repository, or one of its formats that is made from it on first use. */
export async function embeddedFile(
  embedded: NonNullable<RegisteredModel['embedded']>,
  wish: FormatWish,
  cache: Cache,
  root: string = repositoryRoot,
): Promise<ModelFile> {
  const path = join(root, embedded.file);
  if (!existsSync(path)) {
    throw missingError(
      `the embedded model ${path} is missing`,
      'Restore it with `git checkout configs/tiny`, or use --synthetic.',
    );
  }
  return fileInFormat(await readGguf(path), embedded.quantization, wish, 'the embedded model is available', cache);
}

/** A file given by its path. */
export async function givenFile(path: string, wish: FormatWish, cache: Cache): Promise<ModelFile> {
  const file = await readGguf(path);
  return fileInFormat(file, ggufFacts(file).quantization, wish, `${basename(path)} is available`, cache);
}

async function fileInFormat(
  file: GgufFile,
  own: string,
  wish: FormatWish,
  source: string,
  { folder, progress }: Cache,
): Promise<ModelFile> {
  const made = formatsMadeOf(file, wish.expands === false ? defaultQuantization : parseQuantization(wish.quantize));
  const quantization = chooseQuantization(wish.quantize, {
    available: [...new Set([own, ...made])],
    preferred: own,
    runnable: wish.formats,
    source,
    instead: formatsMadeOf(file, 'f32').includes('f32')
      ? '--quantize f32 makes a file with the same values. '
      : undefined,
  });
  if (quantization.got === own || !isEncodedType(quantization.got)) return { path: file.path, quantization };
  const sha256 = await digestWithProgress(file, progress);
  return { path: await quantizeFile(file, sha256, quantization.got, folder, progress), quantization };
}

/** A file of the hub, fetched unless it is in the cache. */
export async function downloadedFile(
  model: RegisteredModel,
  wish: FormatWish,
  offline: boolean,
  hub: Hub,
  { folder, progress }: Cache,
): Promise<ModelFile> {
  const source = ggufSource(model);
  if (source === undefined) {
    throw usageError(`${model.name} is a shape without trained weights`, 'Add --synthetic for random weights.');
  }
  const offered = offeredFiles(source);
  const quantization = chooseQuantization(wish.quantize, {
    available: offered.map((file) => file.quantization),
    preferred: source.default,
    runnable: wish.formats,
    source: `the registry knows ${model.name}`,
  });
  const file = offered.find((candidate) => candidate.quantization === quantization.got);
  if (file === undefined) throw new RangeError(`${quantization.got} is not offered`);
  const path = downloadedPath(folder, file);
  if (offline && !existsSync(path)) {
    throw missingError(
      `${model.name} in ${quantization.got} is not on this machine, and --offline forbids fetching it`,
      withoutTheHub,
    );
  }
  await download(hub, file, path, file, progress, {
    mostBytes: mostBytesOf(model, quantization.got),
  });
  return { path, quantization };
}

/** Heads of files in use have up to 16 MiB. */
const usualHeadBytes = 16 * 2 ** 20;

/** Limit for a file of unknown size: twice its weights, because formats keep some of them in more bits than their name says. */
function mostBytesOf(model: RegisteredModel, quantization: string): number {
  return usualHeadBytes + (2 * parametersOf(model) * (usualBitsPerWeight(quantization) ?? 32)) / 8;
}

/** The path of a file of the hub after it is fetched. */
export function downloadedPath(folder: string, { repository, revision, file }: OfferedFile): string {
  const name = `${repository.replace('/', '--')}${revision === 'main' ? '' : `@${revision}`}/${basename(file)}`;
  return pathWithin(join(folder, 'hub'), name, 'the registry of models');
}

export function ggufSource(model: RegisteredModel): ModelSource | undefined {
  return model.sources.gguf;
}

/** The sha256 over all parts of a split model. */
export function digestWithProgress({ path, parts }: GgufFile, progress: ModelProgress): Promise<string> {
  return filesSha256(parts, (done, total) => progress({ label: `hashing ${basename(path)}`, done, total }));
}

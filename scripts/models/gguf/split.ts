/**
 * Models in several files, as llama.cpp's gguf-split writes them (tools/gguf-split/gguf-split.cpp there): all metadata in the
 * first, and in each its number from 0, how many there are, and how many tensors they have together.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type UserError, usageError } from '../../command-line/errors.ts';
import { ggufLimits } from '../../command-line/input-limits.ts';
import { type GgufFile, type GgufMetadata, numberField } from './format.ts';

/** Keys that are true of a part, and of no file that is made of the whole model. */
export const splitKeys = ['split.no', 'split.count', 'split.tensors.count'] as const;

const longestList = 4;

const partName = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i;

/** All parts of which a file is one by its name, whether or not they are there; of other names the file itself. */
export function partsByName(path: string): string[] {
  const [, stem, , count] = partName.exec(basename(path)) ?? [];
  if (stem === undefined) return [path];
  return Array.from({ length: Math.min(Number(count), ggufLimits.parts) }, (_, index) =>
    partPath(path, stem, index + 1, Number(count)),
  );
}

/** 'model-00001-of-00003.gguf' of 'model-00002-of-00003.gguf'; other names as they are. */
export function firstPartOf(path: string): string {
  return partsByName(path)[0] ?? path;
}

/** 'model.gguf' of 'model-00001-of-00003.gguf'; other names as they are. */
export function wholeName(name: string): string {
  return name.replace(partName, '$1.gguf');
}

/**
 * Paths of the parts that belong to a first one; none where the file is not split. A merged file keeps the keys, with 0 parts.
 * @throws UserError when it is not the first, or one is missing
 */
export function otherParts({ path, metadata }: GgufFile): string[] {
  const { index, count } = placeOf(metadata);
  if (count <= 1) return [];
  if (!Number.isSafeInteger(count) || count > ggufLimits.parts) {
    throw damaged(`${path} says that it is one of ${count} parts, and models of up to ${ggufLimits.parts} are read`);
  }
  const [, stem] = partName.exec(basename(path)) ?? [];
  if (stem === undefined) {
    throw refused(`${path} is part ${index + 1} of ${count} of a split model, which its name does not say`, [
      `Give all parts their names back (model-${digits(index + 1)}-of-${digits(count)}.gguf is this one)`,
    ]);
  }
  const paths = Array.from({ length: count }, (_, number) => partPath(path, stem, number + 1, count));
  if (index !== 0) {
    throw refused(`${path} is part ${index + 1} of ${count} of a split model`, [`Name the first part: ${paths[0]}`]);
  }
  const missing = paths.slice(1).filter((part) => !existsSync(part));
  if (missing.length > 0) {
    const names = missing
      .slice(0, longestList)
      .map((part) => basename(part))
      .join(', ')
      .concat(missing.length > longestList ? ' and others' : '');
    throw refused(`${path} is part 1 of ${count} of a split model, and ${names} is not beside it`, [
      'Fetch the rest into the same folder',
    ]);
  }
  return paths.slice(1);
}

/** @throws UserError when parts are of different models, or tensors are lacking */
export function joinedParts(parts: readonly GgufFile[]): GgufFile {
  const [first] = parts;
  if (first === undefined) throw new RangeError('a model has at least one part');
  for (const [index, { path, metadata }] of parts.entries()) {
    const place = placeOf(metadata);
    if (place.index !== index || place.count !== parts.length) {
      throw damaged(`${path} says that it is part ${place.index + 1} of ${place.count}`);
    }
  }
  const tensors = parts.flatMap((part) => part.tensors);
  const names = new Set<string>();
  for (const { name, path } of tensors) {
    if (names.has(name)) throw damaged(`the tensor ${name} in ${path} stands in an earlier part too`);
    names.add(name);
  }
  const promised = numberField(first.metadata, 'split.tensors.count') ?? tensors.length;
  if (promised !== tensors.length) {
    throw damaged(`the parts of ${first.path} have ${tensors.length} tensors, and the first promises ${promised}`);
  }
  return {
    ...first,
    parts: parts.map(({ path }) => path),
    fileBytes: parts.reduce((sum, { fileBytes }) => sum + fileBytes, 0),
    headBytes: parts.reduce((sum, { headBytes }) => sum + headBytes, 0),
    tensors,
  };
}

function placeOf(metadata: GgufMetadata): { index: number; count: number } {
  return { index: numberField(metadata, 'split.no') ?? 0, count: numberField(metadata, 'split.count') ?? 0 };
}

function partPath(path: string, stem: string, number: number, count: number): string {
  return join(dirname(path), `${stem}-${digits(number)}-of-${digits(count)}.gguf`);
}

function digits(number: number): string {
  return String(number).padStart(5, '0');
}

function refused(what: string, [step]: [step: string]): UserError {
  const merge = 'or make one file of them with `llama-gguf-split --merge FIRST-PART WHOLE.gguf`';
  return usageError(what, `${step}, ${merge}.`);
}

function damaged(what: string): UserError {
  return usageError(what, 'Fetch all parts again, of one and the same model.');
}

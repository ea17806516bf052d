/** A folder as the transformers library saves a model: config.json, weights in one file or several, tokenizer files. */
import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { parseJson, readBounded } from '../../command-line/bounded-file.ts';
import { missingError, oneLine, usageError } from '../../command-line/errors.ts';
import { isPlainName } from '../../command-line/file-names.ts';
import { textLimits } from '../../command-line/input-limits.ts';
import { withoutMark } from '../../command-line/text-file.ts';
import { decodeText } from '../gguf/text.ts';
import { readSafetensors, type SourceTensor } from './safetensors.ts';

export interface SourceFolder {
  path: string;
  /** Last part of the path: the model's name where nothing else names it. */
  name: string;
  /** Files with weights, sorted. */
  weightFiles: readonly string[];
  tensors: ReadonlyMap<string, SourceTensor>;
  /** The object in a JSON file; undefined where the file is absent. */
  json(name: string): Record<string, unknown> | undefined;
  text(name: string): string | undefined;
  bytes(name: string): Uint8Array | undefined;
}

export const singleFile = 'model.safetensors';
export const indexFile = 'model.safetensors.index.json';
/** Shards lie in the folder itself. */
const shardName = z.string().refine((name) => isPlainName(name) && name.endsWith('.safetensors'));
const indexSchema = z.object({ weight_map: z.record(z.string(), shardName) });

/** @throws UserError for what is missing, cut short or no model */
export function openSourceFolder(path: string): SourceFolder {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw missingError(`there is no folder ${path}`, 'Check the path.');
  }
  const weightFiles = weightFilesOf(path);
  return {
    path,
    name: basename(resolve(path)),
    weightFiles,
    tensors: tensorsOf(path, weightFiles),
    json: (name) => {
      const text = readText(join(path, name));
      return text === undefined ? undefined : parseObject(join(path, name), text);
    },
    text: (name) => readText(join(path, name)),
    bytes: (name) => readBytes(join(path, name)),
  };
}

function weightFilesOf(path: string): string[] {
  if (existsSync(join(path, singleFile))) return [join(path, singleFile)];
  const names = shardsOf(path);
  if (names === undefined) {
    throw missingError(
      `${path} has neither ${singleFile} nor ${indexFile}`,
      'Weights are read as safetensors only: save the model with `save_pretrained(folder)` of transformers.',
    );
  }
  const missing = names.filter((name) => !existsSync(join(path, name)));
  if (missing.length > 0) {
    throw missingError(`${path} lacks ${missing.join(', ')}, named in ${indexFile}`, 'Fetch the rest of the model.');
  }
  return names.map((name) => join(path, name));
}

/** Files that the index of a folder names, sorted; undefined where there is no index. */
export function shardsOf(path: string): string[] | undefined {
  const text = readText(join(path, indexFile));
  if (text === undefined) return undefined;
  const { data } = indexSchema.safeParse(parseObject(join(path, indexFile), text));
  if (data !== undefined) return [...new Set(Object.values(data.weight_map))].sort();
  throw usageError(
    `${join(path, indexFile)} has no weight_map that names .safetensors files of the folder`,
    'Fetch it again.',
  );
}

function tensorsOf(path: string, files: readonly string[]): Map<string, SourceTensor> {
  const tensors = new Map<string, SourceTensor>();
  for (const tensor of files.flatMap(readSafetensors)) {
    const before = tensors.get(tensor.name);
    if (before !== undefined) {
      throw usageError(
        `${tensor.name} stands in ${basename(before.path)} and in ${basename(tensor.path)} of ${path}`,
        'Remove shards that belong to another version of the model.',
      );
    }
    tensors.set(tensor.name, tensor);
  }
  return tensors;
}

function readText(path: string): string | undefined {
  const bytes = readBytes(path);
  return bytes === undefined ? undefined : withoutMark(decodeText(Buffer.from(bytes)));
}

function readBytes(path: string): Uint8Array | undefined {
  if (!existsSync(path)) return undefined;
  return readBounded(path, 'Reading', mostBytes(basename(path)));
}

/** Vocabularies are megabytes, and so is the index of a model in a hundred shards; everything else is kilobytes. */
function mostBytes(name: string): number {
  return /^(tokenizer\.json|tokenizer\.model|vocab\..*|merges\.txt|.*\.index\.json)$/.test(name)
    ? textLimits.tokenizer
    : textLimits.config;
}

function parseObject(path: string, text: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(parseJson(text));
  } catch (error) {
    throw usageError(
      `${path} is no JSON object: ${oneLine(error).slice(0, 120)}`,
      'It is cut short or damaged: fetch it again.',
    );
  }
}

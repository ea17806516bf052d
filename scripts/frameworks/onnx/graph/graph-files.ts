/**
 * The graph of a GGUF file and its weight file, written once into the model cache: <stem>-<source>-v<version>.onnx_data is the
 * same for all settings, and each set of settings has its <stem>-<source>-<graph>.onnx. <source> and <graph> are the first digits
 * of the sha256 of the GGUF file and of the graph.
 */
import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileNamePart } from '../../../command-line/file-names.ts';
import { filesSha256 } from '../../../models/file-digest.ts';
import { readGguf } from '../../../models/gguf/reader.ts';
import { type FreeBytes, freeBytesOf, modelCacheFolder, requireSpace } from '../../../models/model-cache.ts';
import { makeOnce } from '../../../models/new-file.ts';
import { type DecoderGraph, type DecoderOptions, decoderGraph } from './decoder-graph.ts';
import { operatorSets } from './graph-builder.ts';
import { onnxBytes } from './onnx-file.ts';

/** Raise this whenever the same source gives other bytes: weight files of older versions are then no longer used. */
const writerVersion = 1;
const shownDigits = 12;

export interface GraphFiles extends DecoderGraph {
  /** Path of the graph; the weights are in the same folder. */
  path: string;
  /** Bytes that a session reads from the disk. */
  fileBytes: number;
  /** Time it took to write; null when the cache had the files. */
  writtenMs: number | null;
}

/** Folder of the files of all models. */
export function graphFolder(): string {
  return join(modelCacheFolder(), 'onnx');
}

/**
 * @param folder folder for the files
 * @param progress from 0 to 1
 * @throws UserError when the model is not supported, or the disk has too little space
 */
export async function graphFiles(
  modelPath: string,
  options: DecoderOptions,
  folder: string,
  progress: (fraction: number) => void,
  freeBytes: FreeBytes = freeBytesOf,
): Promise<GraphFiles> {
  const source = await readGguf(modelPath);
  const sha256 = await filesSha256(source.parts, () => {});
  const stem = `${fileNamePart(basename(modelPath).replace(/\.gguf$/i, ''))}-${sha256.slice(0, shownDigits)}`;
  const dataName = `${stem}-v${writerVersion}.onnx_data`;
  const decoder = decoderGraph(source, dataName, options);
  const bytes = onnxBytes({
    graph: decoder.graph,
    operatorSets,
    properties: new Map([
      ['source', basename(modelPath)],
      ['source_sha256', sha256],
      ['writer_version', String(writerVersion)],
    ]),
  });
  const startedMs = performance.now();
  const wroteData = await writeData(join(folder, dataName), decoder, progress, freeBytes);
  const path = join(folder, `${stem}-${digestOf(bytes).slice(0, shownDigits)}.onnx`);
  const wroteGraph = await writeGraph(path, bytes);
  return {
    ...decoder,
    path,
    fileBytes: decoder.data.bytes + bytes.length,
    writtenMs: wroteData || wroteGraph ? performance.now() - startedMs : null,
  };
}

/** Writes the weights unless a file of their size is there. @returns whether they had to be written */
async function writeData(
  path: string,
  { data }: DecoderGraph,
  progress: (fraction: number) => void,
  freeBytes: FreeBytes,
): Promise<boolean> {
  let wrote = false;
  await makeOnce(
    path,
    async () => statSync(path, { throwIfNoEntry: false })?.size === data.bytes,
    async (temporary) => {
      wrote = true;
      requireSpace(path, data.bytes, freeBytes);
      await using target = await open(temporary, 'w');
      await data.write(target, progress);
    },
  );
  return wrote;
}

/** Writes the graph unless a file with the same bytes is there. @returns whether it had to be written */
async function writeGraph(path: string, bytes: Uint8Array): Promise<boolean> {
  let wrote = false;
  await makeOnce(
    path,
    async () => holds(path, bytes),
    async (temporary) => {
      wrote = true;
      writeFileSync(temporary, bytes);
    },
  );
  return wrote;
}

function holds(path: string, bytes: Uint8Array): boolean {
  try {
    return Buffer.compare(readFileSync(path), bytes) === 0;
  } catch {
    return false;
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

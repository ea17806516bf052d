/** Makes another weight format of a GGUF file at a place of the user's choice: by ourselves, or through llama-quantize. */
import { basename, dirname, join, resolve } from 'node:path';
import { missingError, type UserError, usageError } from '../command-line/errors.ts';
import { runLlamaQuantize } from '../frameworks/llamacpp/tools/llama-quantize.ts';
import { foundTool, nativeTool } from '../frameworks/llamacpp/tools/native-tool.ts';
import { type Lineage, type LineageStep, lineageKey, withStep } from '../log/lineage.ts';
import { fileSha256, filesSha256, lineageOf, writeDigestNote } from '../models/file-digest.ts';
import { ggufFacts } from '../models/gguf/facts.ts';
import type { GgufFile } from '../models/gguf/format.ts';
import { readGguf } from '../models/gguf/reader.ts';
import type { ModelProgress } from '../models/model-progress.ts';
import { requireFree, writeOutput } from '../models/new-file.ts';
import {
  isQuantizable,
  quantizedLayout,
  quantizeStep,
  requireFullPrecision,
  stemOf,
  writeQuantized,
} from '../models/quantization/quantize-file.ts';
import { isEncodedType } from '../models/quantization/weight-encoding.ts';
import { usualBitsPerWeight } from '../models/quantization.ts';

export const quantizeTools = ['auto', 'own', 'llama-quantize'] as const;
type QuantizeTool = (typeof quantizeTools)[number];

export interface QuantizeRequest {
  source: string;
  to: string;
  /** Absent: named after the source, in `folder`. */
  output: string | undefined;
  folder: string;
  /** Absent: pure for the formats that are made here, llama.cpp's mixture for the others. */
  pure: boolean | undefined;
  tool: QuantizeTool;
  /** Path of a llama-quantize of one's own. */
  llamaQuantize: string | undefined;
  build: boolean;
  allowRequantize: boolean;
  imatrix: string | undefined;
  threads: number;
  force: boolean;
}

export interface Quantized {
  path: string;
  tool: string;
  version: string | null;
  pure: boolean;
  sha256: string;
  sourceBytes: number;
  bytes: number;
  sourceBitsPerWeight: number;
  bitsPerWeight: number;
  durationMs: number;
  /** Of the source, per second of the work: decimal. */
  megabytesPerSecond: number;
  peakResidentBytes: number | null;
  lineage: Lineage;
}

interface Made {
  step: LineageStep;
  /** Null: not hashed while it was written. */
  sha256: string | null;
  peakResidentBytes: number | null;
}

/** @param progress stops the work when it throws; `signal` stops a child process */
export async function quantizeModel(
  request: QuantizeRequest,
  progress: ModelProgress,
  signal: AbortSignal,
): Promise<Quantized> {
  const source = await readGguf(request.source);
  const before = ggufFacts(source);
  const path = resolve(request.output ?? join(request.folder, `${stemOf(source.path)}-${request.to}.gguf`));
  if (path === resolve(source.path)) throw sameFile(path);
  requireFree(path, request.force);
  const own = isOwn(request, source);
  const tool = own ? undefined : await llamaQuantize(request, progress, signal);
  const sourceSha256 = await filesSha256(source.parts, (done, total) =>
    progress({ label: `hashing ${basename(source.path)}`, done, total }),
  );
  const lineage = lineageOf(source.path, sourceSha256, source.metadata);

  const startedMs = performance.now();
  let made: Made | undefined;
  const expectedBytes = (before.parameters * (usualBitsPerWeight(request.to) ?? 16)) / 8 + source.headBytes;
  await writeOutput(path, expectedBytes, async (temporary) => {
    made =
      tool === undefined
        ? await byOurselves(source, sourceSha256, request, lineage, temporary, progress)
        : await byLlamaQuantize(tool, sourceSha256, request, temporary, progress, signal);
  });
  if (made === undefined) throw new RangeError('nothing was made');
  const durationMs = performance.now() - startedMs;
  const sha256 = made.sha256 ?? (await fileSha256(path, (done, total) => progress({ label: 'hashing', done, total })));
  const after = ggufFacts(await readGguf(path));
  const descent = withStep(lineage, made.step);
  await writeDigestNote(path, sha256, `quantised from ${source.path}`, descent);
  return {
    ...{ path, tool: made.step.tool, version: made.step.version, pure: isPure(request), sha256 },
    sourceBytes: source.fileBytes,
    bytes: (await readGguf(path)).fileBytes,
    sourceBitsPerWeight: before.effectiveBitsPerWeight,
    bitsPerWeight: after.effectiveBitsPerWeight,
    durationMs,
    megabytesPerSecond: source.fileBytes / 1e3 / durationMs,
    peakResidentBytes: made.peakResidentBytes,
    lineage: descent,
  };
}

function isPure({ pure, to }: QuantizeRequest): boolean {
  return pure ?? isEncodedType(to);
}

/** Whether we make it: what is asked for is one of our formats, pure, and the source has its full precision. */
function isOwn(request: QuantizeRequest, source: GgufFile): boolean {
  const { tool, to } = request;
  const can = isEncodedType(to) && isPure(request) && request.imatrix === undefined;
  if (!isQuantizable(source) && !request.allowRequantize) throw quantisedAlready(source);
  if (tool === 'llama-quantize') return false;
  if (tool === 'auto') return can && isQuantizable(source);
  if (!can) {
    throw usageError(
      `Tokenlap's own quantiser makes no ${isPure(request) ? '' : 'mixture of '}${to}`,
      'It makes f32, f16, bf16, q8_0 and q4_0, pure. For others leave --tool away: llama-quantize makes them.',
    );
  }
  requireFullPrecision(source, to);
  return true;
}

async function llamaQuantize(
  { llamaQuantize: given, build, to }: QuantizeRequest,
  progress: ModelProgress,
  signal: AbortSignal,
): Promise<string> {
  const named = given ?? (process.env.TOKENLAP_LLAMA_QUANTIZE || undefined);
  if (named === undefined && !build && foundTool('llama-quantize') === undefined) {
    throw missingError(
      `${to} is made by llama-quantize, and there is none on the PATH`,
      'Name one with --llama-quantize PATH, or add --build (git, cmake, a C++ compiler, some minutes).',
    );
  }
  return nativeTool({ name: 'llama-quantize', given: named, build, progress, signal });
}

async function byOurselves(
  source: GgufFile,
  sourceSha256: string,
  { to }: QuantizeRequest,
  lineage: Lineage,
  temporary: string,
  progress: ModelProgress,
): Promise<Made> {
  if (!isEncodedType(to)) throw new RangeError(`${to} is not made here`);
  const step = quantizeStep(sourceSha256, to);
  const written = JSON.stringify(withStep(lineage, step));
  const layout = quantizedLayout(source, to, [[lineageKey, { type: 'string', value: written }]]);
  const label = `quantising ${basename(source.path)} to ${to}`;
  const sha256 = await writeQuantized(source, layout, temporary, (done) =>
    progress({ label, done, total: layout.fileBytes }),
  );
  return { step, sha256, peakResidentBytes: process.resourceUsage().maxRSS * 1024 };
}

async function byLlamaQuantize(
  tool: string,
  sourceSha256: string,
  request: QuantizeRequest,
  temporary: string,
  progress: ModelProgress,
  signal: AbortSignal,
): Promise<Made> {
  const { to, allowRequantize, imatrix, threads, source } = request;
  const pure = isPure(request);
  const label = `quantising ${basename(source)} to ${to} (llama-quantize)`;
  const { version, peakResidentBytes } = await runLlamaQuantize(
    tool,
    { source, target: temporary, to, pure, allowRequantize, imatrix, threads },
    (done, total) => progress({ label, done, total }),
    signal,
  );
  const options = {
    to,
    pure,
    ...(allowRequantize ? { allowRequantize } : {}),
    ...(imatrix ? { imatrix: basename(imatrix) } : {}),
  };
  const step = { action: 'quantize', tool: 'llama-quantize', version, inputSha256: sourceSha256, options } as const;
  return { step, sha256: null, peakResidentBytes };
}

function quantisedAlready({ path }: GgufFile): UserError {
  return usageError(
    `${path} is quantised already`,
    'Start from a file in f32, f16 or bf16, or add --allow-requantize and lose twice.',
  );
}

function sameFile(path: string): UserError {
  return usageError(`${path} would overwrite its own source`, 'Name another file with --output FILE.');
}

/** Where a result goes when nothing is said: beside a file that was named by its path, else the current folder. */
export function folderBeside(name: string, path: string): string {
  return resolve(name) === path ? dirname(path) : process.cwd();
}

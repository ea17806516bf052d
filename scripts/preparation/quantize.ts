/** Makes another weight format of a GGUF file, with Tokenlap's own quantiser or llama-quantize. */
import { basename, join, resolve } from 'node:path';
import { missingError, usageError } from '../command-line/errors.ts';
import { runLlamaQuantize } from '../frameworks/llamacpp/tools/llama-quantize.ts';
import { foundTool, nativeTool } from '../frameworks/llamacpp/tools/native-tool.ts';
import { type Lineage, withStep } from '../log/lineage.ts';
import { filesSha256, lineageOf } from '../models/file-digest.ts';
import { ggufFacts } from '../models/gguf/facts.ts';
import type { GgufFile } from '../models/gguf/format.ts';
import { readGguf } from '../models/gguf/reader.ts';
import type { ModelProgress } from '../models/model-progress.ts';
import { requireFree, writeOutput } from '../models/new-file.ts';
import {
  isFullPrecision,
  isReadable,
  quantizedLayout,
  quantizeStep,
  stemOf,
  writeQuantized,
} from '../models/quantization/quantize-file.ts';
import { isEncodedType } from '../models/quantization/weight-encoding.ts';
import { usualBitsPerWeight } from '../models/quantization.ts';
import { lineageField, type Made, madeFile } from './made-file.ts';

export const quantizeTools = ['auto', 'own', 'llama-quantize'] as const;
type QuantizeTool = (typeof quantizeTools)[number];

export interface QuantizeRequest {
  source: string;
  to: string;
  /** Absent: named after the source, in `folder`. */
  output: string | undefined;
  folder: string;
  /** Absent: pure for the formats of the own quantiser, llama.cpp's mixture for others. */
  pure: boolean | undefined;
  tool: QuantizeTool;
  /** Path of llama-quantize, if the user names one. */
  llamaQuantize: string | undefined;
  build: boolean;
  allowRequantize: boolean;
  imatrix: string | undefined;
  threads: number;
  force: boolean;
}

export type Quantized = Awaited<ReturnType<typeof quantizeModel>>;

/** @param progress stops the work when it throws; `signal` stops a child process */
export async function quantizeModel(request: QuantizeRequest, progress: ModelProgress, signal: AbortSignal) {
  const { to } = request;
  const source = await readGguf(request.source);
  const before = ggufFacts(source);
  const path = resolve(request.output ?? join(request.folder, `${stemOf(source.path)}-${to}.gguf`));
  if (path === resolve(source.path)) {
    throw usageError(`${path} would overwrite its own source`, 'Name another file with --output FILE.');
  }
  requireFree(path, request.force);
  const tool = isOwn(request, source) ? undefined : await llamaQuantize(request, progress, signal);
  const label = `quantising ${basename(source.path)} to ${to}`;
  const sourceSha256 = await filesSha256(source.parts, (done, total) =>
    progress({ label: `hashing ${basename(source.path)}`, done, total }),
  );
  const lineage = lineageOf(source.path, sourceSha256, source.metadata);

  const startedMs = performance.now();
  let made: Made | undefined;
  const expectedBytes = (before.parameters * (usualBitsPerWeight(to) ?? 16)) / 8 + source.headBytes;
  await writeOutput(path, expectedBytes, async (temporary) => {
    made =
      tool === undefined
        ? await byOurselves(source, sourceSha256, to, lineage, temporary, (done, total) =>
            progress({ label, done, total }),
          )
        : await byLlamaQuantize(tool, sourceSha256, request, temporary, signal, (done, total) =>
            progress({ label: `${label} (llama-quantize)`, done, total }),
          );
  });
  if (made === undefined) throw new RangeError('nothing was made');
  const after = await madeFile(path, `quantised from ${source.path}`, lineage, made, startedMs, progress);
  return {
    ...after,
    pure: isPure(request),
    sourceBytes: source.fileBytes,
    sourceBitsPerWeight: before.effectiveBitsPerWeight,
    /** Decimal megabytes of the source per second. */
    megabytesPerSecond: source.fileBytes / 1e3 / after.durationMs,
  };
}

function isPure({ pure, to }: QuantizeRequest): boolean {
  return pure ?? isEncodedType(to);
}

/** Whether Tokenlap's own quantiser is used: for its formats, pure, from a source whose weights it reads. */
function isOwn(request: QuantizeRequest, source: GgufFile): boolean {
  const { tool, to } = request;
  const can = isEncodedType(to) && isPure(request) && request.imatrix === undefined;
  if (losesTwice(source, to) && !request.allowRequantize) {
    throw usageError(
      `${source.path} is quantised already`,
      'Start from a file in f32, f16 or bf16, or add --allow-requantize, which loses precision twice. --to f32 loses nothing.',
    );
  }
  if (tool === 'llama-quantize') return false;
  if (tool === 'auto') return can && isReadable(source);
  if (!can) {
    throw usageError(
      `Tokenlap's own quantiser makes no ${isPure(request) ? '' : 'mixture of '}${to}`,
      'It makes f32, f16, bf16, q8_0 and q4_0, pure. For others omit --tool: llama-quantize makes them.',
    );
  }
  if (isReadable(source)) return true;
  throw usageError(
    `${source.path} has weights in a format that Tokenlap's own quantiser does not read`,
    'Omit --tool: llama-quantize reads them.',
  );
}

/** f32 holds the values of every format. */
function losesTwice(source: GgufFile, to: string): boolean {
  return !isFullPrecision(source) && to !== 'f32';
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

type StepProgress = (done: number, total: number) => void;

async function byOurselves(
  source: GgufFile,
  sourceSha256: string,
  to: string,
  lineage: Lineage,
  temporary: string,
  progress: StepProgress,
): Promise<Made> {
  if (!isEncodedType(to)) throw new RangeError(`${to} is not made here`);
  const step = quantizeStep(sourceSha256, to, losesTwice(source, to));
  const layout = quantizedLayout(source, to, [lineageField(withStep(lineage, step))]);
  const sha256 = await writeQuantized(source, layout, temporary, (done) => progress(done, layout.fileBytes));
  return { step, sha256, peakResidentBytes: process.resourceUsage().maxRSS * 1024 };
}

async function byLlamaQuantize(
  tool: string,
  inputSha256: string,
  request: QuantizeRequest,
  target: string,
  signal: AbortSignal,
  progress: StepProgress,
): Promise<Made> {
  const { to, allowRequantize, imatrix } = request;
  const pure = isPure(request);
  const { version, peakResidentBytes } = await runLlamaQuantize(tool, { ...request, target, pure }, progress, signal);
  const options = {
    to,
    pure,
    ...(allowRequantize ? { allowRequantize } : {}),
    ...(imatrix ? { imatrix: basename(imatrix) } : {}),
  };
  const step = { action: 'quantize', tool: 'llama-quantize', version, inputSha256, options } as const;
  return { step, sha256: null, peakResidentBytes };
}

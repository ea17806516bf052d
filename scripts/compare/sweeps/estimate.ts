/**
 * What a cell will take, before it is run: time, memory, disk. Time is that of earlier runs of the same kind on this host, or else
 * follows from a rule that is printed with it. A rule is right within a small factor, which is enough to plan a night.
 */

import { basename } from 'node:path';
import { textLimits } from '../../command-line/files/input-limits.ts';
import { parseJson, readText } from '../../command-line/files/text-file.ts';
import type { Framework } from '../../frameworks/framework.ts';
import { bytesPerElement } from '../../models/gguf/ggml-types.ts';
import { warmUpLimits } from '../../run/warm-up.ts';
import { defaults } from '../../settings/defaults.ts';
import { median } from '../../statistics/statistics.ts';
import { defaultQuestionsFile } from '../../workloads/questions/questions.ts';
import { type CellOptions, workloadOf } from './cell.ts';
import type { ModelFacts } from './model-facts.ts';
import type { RunTrace } from './run-traces.ts';

export interface CellEstimate {
  ms: number;
  /** Whether `ms` is the time of such runs here, or that of the rule. */
  from: 'runs' | 'rule';
  memoryBytes: number;
  logBytes: number;
}

/** The rates of a machine by which the rule estimates. */
export interface Rates {
  bytesPerSecond: number;
  flopsPerSecond: number;
  /** Whether the hardware benchmark measured them here, or they are assumed. */
  measured: boolean;
}

export const assumedRates: Rates = { bytesPerSecond: 10e9, flopsPerSecond: 50e9, measured: false };

/** Start of a process, its libraries, a small model. */
const startMs = 700;
const loadBytesPerSecond = 1e9;
/** A process with its libraries, beside weights and cache. */
const fixedMemoryBytes = 250e6;
/** Prompts of the predefined questions with their template. */
const promptTokens = 40;
/** The cold answer, and the fewest that can be compared with each other. */
const warmUpAnswers = 3;
/** Bytes of an element of the KV cache where the engine chooses its type. */
const f16Bytes = 2;
const logBytesPerToken = 90;
const logBytesPerRun = 12_000;

/** Shares of the rates that real engines reach. */
const reached = { bandwidth: 0.6, arithmetic: 0.5 };

export function estimateCell(options: CellOptions, model: ModelFacts, rates: Rates, history: History): CellEstimate {
  const { ms: ruleMs, tokens } = byRule(options, model, rates);
  const earlier = history.msOf(options);
  return {
    ms: earlier ?? ruleMs,
    from: earlier === null ? 'rule' : 'runs',
    memoryBytes: memoryBytes(options, model),
    logBytes: logBytesPerRun + logBytesPerToken * tokens,
  };
}

/** The rule in words. */
export function ruleText({ bytesPerSecond, flopsPerSecond, measured }: Rates): string {
  const whence = measured
    ? 'measured by the hardware benchmark'
    : 'assumed; npx tsx scripts/hardware-benchmark.ts measures';
  const rates = `${(bytesPerSecond / 1e9).toFixed(0)} GB/s and ${(flopsPerSecond / 1e9).toFixed(0)} GFLOP/s ${whence}`;
  return `start ${startMs / 1000} s + loading at 1 GB/s + bytes read per token / bandwidth + 2 x parameters / arithmetic, with ${rates}, of which ${reached.bandwidth * 100} % and ${reached.arithmetic * 100} % are reached; answers at their longest`;
}

function byRule(options: CellOptions, model: ModelFacts, rates: Rates): { ms: number; tokens: number } {
  const decodeMs = (model.fileBytes / (rates.bytesPerSecond * reached.bandwidth)) * 1000 + 0.1;
  const prefillMs = ((2 * model.parameters) / (rates.flopsPerSecond * reached.arithmetic)) * 1000;
  const base = startMs + (model.fileBytes / loadBytesPerSecond) * 1000;
  switch (workloadOf(options)) {
    case 'kernel': {
      const { nPrompt, nGen, depth, repetitions } = options;
      // One repetition warms up; the depth is filled before each.
      const each = nPrompt * prefillMs + nGen * decodeMs + 2 * depth * prefillMs;
      return { ms: base + (repetitions + 1) * each, tokens: 0 };
    }
    case 'qa': {
      const warm = options.warmup === 'auto' ? warmUpAnswers : options.warmup + 1;
      const perAnswerMs = promptTokens * prefillMs + options.maxTokens * decodeMs;
      const round = questionCount(options.questions ?? defaultQuestionsFile);
      // Whole rounds, and further ones while they decode for less than the least time; warming up takes a time of its own.
      const { minSeconds = defaults.minSeconds } = options;
      const roundMs = Math.max(1, round) * options.maxTokens * decodeMs;
      const rounds = Math.max(1, Math.ceil((minSeconds * 1000) / roundMs));
      const warmMs = Math.max(warm * perAnswerMs, options.warmup === 'auto' ? warmUpLimits.seconds * 1000 : 0);
      const ms = rounds * round * perAnswerMs + warmMs;
      return { ms: base + ms, tokens: Math.round((ms / perAnswerMs) * options.maxTokens) };
    }
    case 'embedding': {
      const warm = options.warmup === 'auto' ? warmUpAnswers : options.warmup;
      const texts = questionCount(options.questions ?? defaultQuestionsFile) + warm * options.embedBatch;
      return { ms: base + texts * promptTokens * prefillMs, tokens: 0 };
    }
    case 'concurrency':
      return { ms: base + options.seconds * 1000 + options.maxTokens * decodeMs, tokens: 0 };
    default:
      // There is no rule for the work itself: the estimate is a lower bound.
      return { ms: base, tokens: 0 };
  }
}

/** Weights, KV cache and what a process takes beside them, of every engine of the cell. */
export function memoryBytes(
  options: CellOptions,
  model: Pick<ModelFacts, 'fileBytes' | 'kvElementsPerPosition' | 'contextLength'>,
): number {
  const { kvType, concurrency = 1 } = options;
  const context = contextTokensOf(options, model.contextLength);
  const kv = model.kvElementsPerPosition * context * concurrency * (bytesPerElement(kvType) ?? f16Bytes);
  return model.fileBytes + kv + fixedMemoryBytes;
}

/** Whether all of that is in the memory of this machine, as far as is known: not on a device of its own, nor behind a server. */
export function isInHostMemory(
  { device }: Pick<CellOptions, 'device'>,
  framework: Pick<Framework, 'devices'>,
): boolean {
  return device === 'cpu' || (device === 'auto' && framework.devices.includes('cpu'));
}

/** The requested context, or what the workload needs and at least the default. */
export function contextTokensOf(options: CellOptions, modelContext: number): number {
  if (options.context !== undefined) return options.context;
  const usual = Math.min(defaults.contextTokens, modelContext);
  const { nPrompt, nGen, depth, maxTokens } = options;
  const needed = workloadOf(options) === 'kernel' ? depth + Math.max(nPrompt, nGen) : maxTokens + 1;
  return needed <= usual ? usual : 2 ** Math.ceil(Math.log2(needed));
}

/** How long runs of a kind took here. */
export class History {
  readonly #ms = new Map<string, number[]>();

  constructor(traces: Iterable<RunTrace> = [], hostname = '') {
    for (const trace of traces) this.add(trace, hostname);
  }

  add({ header, end }: RunTrace, hostname: string): void {
    if (end?.status !== 'completed' || header.host.hostname !== hostname) return;
    const key = kindOfTrace(header);
    if (key === null) return;
    const all = this.#ms.get(key);
    if (all === undefined) this.#ms.set(key, [end.atNs / 1e6]);
    else all.push(end.atNs / 1e6);
  }

  /** Their median; null where there was none. */
  msOf(options: CellOptions): number | null {
    const all = this.#ms.get(kindOfOptions(options));
    return all === undefined ? null : median(all);
  }
}

/**
 * Options that decide how long a run takes, by names that both the header and the options have. Runs of other workloads
 * are no measure of later ones.
 */
const decisive: Readonly<Record<string, readonly string[]>> = {
  qa: ['maxTokens', 'ignoreEndOfSequence', 'minSeconds'],
  kernel: ['nPrompt', 'nGen', 'depth', 'repetitions'],
  embedding: ['batchTexts', 'minSeconds'],
};

function kindOfOptions(options: CellOptions): string {
  const { framework, size, model, synthetic, quantize, threads } = options;
  const workload = workloadOf(options);
  const { ignoreEos: ignoreEndOfSequence, embedBatch: batchTexts } = options;
  const { minSeconds = defaults.minSeconds } = options;
  const values: Record<string, unknown> = { ...options, ignoreEndOfSequence, batchTexts, minSeconds };
  const numbers =
    workload === 'concurrency'
      ? [options.concurrency, options.seconds]
      : (decisive[workload] ?? []).map((name) => values[name]);
  const what = model === undefined ? (size ?? 'tiny') : `file ${basename(model)}`;
  return JSON.stringify([framework, what, synthetic, quantize, workload, threads ?? null, ...numbers]);
}

function kindOfTrace({ framework, model, workload, requested }: RunTrace['header']): string | null {
  const names = decisive[workload];
  if (names === undefined) return null;
  if (workload !== 'kernel' && requested.rounds !== 1) return null;
  const numbers = names.map((name) => requested[name]);
  return JSON.stringify([
    framework.name,
    model.source === 'path' ? `file ${model.file}` : model.size,
    model.synthetic,
    model.quantization.asked,
    workload,
    requested.threads ?? null,
    ...numbers,
  ]);
}

const counts = new Map<string, number>();

function questionCount(path: string): number {
  let count = counts.get(path);
  if (count === undefined) {
    try {
      const content: unknown = parseJson(readText(path, 'reading the questions', textLimits.questions));
      const questions =
        typeof content === 'object' && content !== null && 'questions' in content ? content.questions : [];
      count = Array.isArray(questions) ? questions.length : 0;
    } catch {
      // The cell will say what is wrong with it.
      count = 0;
    }
    counts.set(path, count);
  }
  return count;
}

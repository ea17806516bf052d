/**
 * A framework's own benchmark, or loops written by hand on it: the reference for what Tokenlap's harness costs. Each framework
 * that has one exports it from its own-benchmark.ts, which is imported only for that check.
 */

import type { Settings } from '../log/record-fields.ts';
import type { ModelProgress } from '../models/model-progress.ts';
import type { EngineSettings, FrameworkSettings } from '../settings/settings.ts';
import { median } from '../statistics/statistics.ts';

export interface OwnBenchmark {
  /** What is compared: llama-bench's pp and tg tests, or greedy generation. Tokenlap's engine does the same work. */
  readonly work: 'kernel' | 'generation';
  readonly defaults: {
    /** Synthetic models, size:quantisation. */
    readonly shapes: readonly string[];
    /** Absent: the cores that may be used. */
    readonly threadCounts?: readonly number[];
    /** How often all processes start anew. */
    readonly starts: number;
    /** Turns of each process within a start. */
    readonly rounds: number;
    /** Tokens of prompt and generation; absent: by the size of the model. */
    readonly tests?: BenchmarkTests;
  };
  /** Settings on which reference and engine must agree. */
  readonly settings?: Partial<EngineSettings>;
  /** Leading tokens of an answer that do not count, because the framework compiles during them; absent: the first one. */
  readonly compilingTokens?: number;
  /** Variants of Tokenlap's engine to compare: options of the framework by the variant's name; absent: the framework as it is. */
  readonly engines?: Readonly<Record<string, FrameworkSettings>>;
  /** Finds or builds what the benchmark needs, once. @throws UserError when it is not available */
  prepare(tools: BenchmarkTools): Promise<PreparedBenchmark>;
}

export interface PreparedBenchmark {
  references(subject: BenchmarkSubject): Promise<References>;
  /** Tokens per second of generation inside the framework's process: the bare loop, and through the host that stamps tokens. */
  hostRates?(subject: BenchmarkSubject, repetitions: number): Promise<{ bare: number; hosted: number }>;
  /** Decoding by the engine and by hand, in turns inside one process: what is left of noise hits both alike. */
  decodeRates?(subject: BenchmarkSubject, repetitions: number): Promise<DecodeRates>;
}

export interface DecodeRates {
  /** Tokens per second of each turn. */
  engine: readonly number[];
  byHand: readonly number[];
  /** Median over the turns, engine / by hand. */
  ratio: number;
  /** Bytes of weights that a token reads. */
  bytesPerToken: number;
  /** Bytes per second that the framework reads from memory at best, with as many threads. */
  bandwidth: number;
  /** The part of that bandwidth that reading the weights takes. */
  mbu: { engine: number; byHand: number };
}

export interface References {
  /** By name; the first one is what all others are compared with. */
  readonly starters: Readonly<Record<string, StartContender>>;
  /** Facts of its build that the engine must report, so that both run the same thing. */
  readonly build?: Readonly<Settings>;
}

/** Tokens of the prompt, and of the generation. */
export interface BenchmarkTests {
  readonly nPrompt: number;
  readonly nGen: number;
}

export interface BenchmarkSubject extends BenchmarkTests {
  readonly modelPath: string;
  /** Ids of the prompt of a generation. */
  readonly prompt: readonly number[];
  readonly settings: EngineSettings;
  /** Environment variables of the engine process. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface BenchmarkTools {
  /** Path of the benchmark's program, from the user. */
  readonly program: string | undefined;
  /** Whether to build the program if it is not found. */
  readonly build: boolean;
  readonly progress: ModelProgress;
  readonly signal: AbortSignal;
  /** The interpreter of a Python framework, and the environment in which it finds the framework. */
  python(): Promise<{ path: string; environment: Readonly<Record<string, string>> }>;
}

/** A warm process that takes part in a comparison. */
export interface Contender extends AsyncDisposable {
  measure(seed: number): Promise<Measured>;
}

export interface Measured {
  /** Tokens per second of prompt evaluation and of generation. */
  rates: Readonly<Partial<Record<'pp' | 'tg', number>>>;
  /** Generated ids; all contenders that report them must agree. */
  ids?: readonly number[];
}

export type StartContender = () => Promise<Contender>;

/**
 * Tokens per second by the median duration of a token, which a short disturbance does not change.
 * @param durationsMs duration of each token, milliseconds
 * @param skipped leading tokens that do not count; the first one includes the prompt
 */
export function generationRate(durationsMs: readonly number[], skipped = 1): number {
  return 1000 / median(durationsMs.slice(skipped));
}

/** A program that runs anew for each measurement. */
export function oneShot(measure: () => Promise<Measured>): StartContender {
  return async () => ({ measure, [Symbol.asyncDispose]: async () => {} });
}

/** Everything that decides a run, after the command line and before the first process is started. */
import { z } from 'zod';
import defaultsFile from '../../configs/defaults.json' with { type: 'json' };
import { givenVariables } from '../command-line/environment-options.ts';
import { pythonOptions } from '../engine/python-options.ts';
import type { EngineSettings, Framework } from '../frameworks/framework.ts';
import { precisions, type Sampling, shardAxes } from '../frameworks/messages.ts';
import { type Objectives, objectiveSettings } from '../log/figures/objectives.ts';
import type { Header } from '../log/run-log-format.ts';
import type { ResolvedModel } from '../models/resolve.ts';
import { type LoadShape, loadShapeText } from '../workloads/load/load-shape.ts';
import type { ScoredText } from '../workloads/perplexity/scored-text.ts';
import type { QuestionSet } from '../workloads/questions/questions.ts';

const positive = z.int().positive();
const toleranceSchema = z.object({ logitGap: z.number(), top1Agreement: z.number(), klMean: z.number() });

export const defaults = z
  .object({
    seed: z.int(),
    quantize: z.string(),
    iterations: positive,
    maxTokens: positive,
    temperature: z.number().nonnegative(),
    contextTokens: positive,
    batchTokens: positive,
    flashAttention: z.enum(['auto', 'on', 'off']),
    kvType: z.string(),
    precision: z.enum(['auto', ...precisions]),
    deviceCount: positive,
    shard: z.enum(shardAxes),
    device: z.string(),
    gpuLayers: z.enum(['auto', 'max']),
    /** Measured decoding of a run, at least. */
    minSeconds: z.number().nonnegative(),
    warmUp: z.object({
      /** Work before a trend is looked for, and between two looks. */
      seconds: z.number().positive(),
      /** When it ends whatever the trend says. */
      atMostSeconds: z.number().positive(),
      atMostTries: positive,
      /** Change of the time per token over such a while that is none. */
      change: z.number().positive(),
    }),
    timeoutSeconds: positive,
    kernel: z.object({ nPrompt: positive, nGen: positive, depth: z.int().nonnegative(), repetitions: positive }),
    embedding: z.object({ batchTexts: positive }),
    load: z.object({
      seconds: positive,
      requestTimeoutSeconds: positive,
      warmUpRequests: z.int().nonnegative(),
    }),
    accuracy: z.object({
      /** Of each task, at most. */
      items: positive,
    }),
    comparison: z.object({ effect: z.number().positive(), noise: z.number().positive(), untilMinutes: positive }),
    parity: z.object({
      /** <framework>:<format>, or `same` for the format of the run that is held against it. */
      reference: z.string(),
      /** Synthetic weights of two formats have different values: only the same file can be held against them. */
      syntheticReference: z.string(),
      /** A reference file larger than this is made or loaded only when it was asked for. */
      referenceBytesAtMost: positive,
      /** Of models other than the embedded one, which is asked everything up to `maxTokens`. */
      questions: positive,
      maxTokens: positive,
      /** By weight class, the loss of the format included; docs/parity.md says how they were found. */
      tolerances: z.object({ '32-bit': toleranceSchema }).catchall(toleranceSchema),
      /** Where both run the same file, nothing is lost to its format: whichever bound is narrower holds. */
      sameFileTolerance: toleranceSchema,
    }),
    /** Tokens of a chunk, as llama-perplexity has them. */
    perplexity: z.object({ chunkTokens: positive }),
    start: z.object({
      size: z.string(),
      quantizations: z.array(z.string()),
      /** For all of it. */
      budgetSeconds: positive,
      /** Of these, for collating and drawing. */
      reportSeconds: positive,
      parityQuestions: positive,
      maxTokens: positive,
      /** One: a model that fits in a cache spends more time on waking a second thread than it saves. */
      threads: positive,
    }),
  })
  .parse(defaultsFile);

/** Those that a run is asked for by name. */
export const namedWorkloads = ['qa', 'kernel', 'embedding'] as const;
export type NamedWorkload = (typeof namedWorkloads)[number];

type AnswerSettings = Pick<Sampling, 'maxTokens' | 'temperature' | 'ignoreEndOfSequence'>;

export interface QaPlan extends AnswerSettings {
  kind: 'qa';
  questions: QuestionSet;
  /** Rounds of the question list, at least. */
  rounds: number;
  /** Drawn into the order of the questions, so that iterations of a comparison differ and frameworks do not. */
  firstRound: number;
  /** Further rounds follow until so much was decoded. */
  minSeconds: number;
  /** Whether exact answers can be expected. */
  judged: boolean;
}

export interface KernelPlan {
  kind: 'kernel';
  nPrompt: number;
  nGen: number;
  depth: number;
  repetitions: number;
}

export interface EmbeddingPlan {
  kind: 'embedding';
  /** The texts are the questions. */
  questions: QuestionSet;
  /** Rounds of the list, at least. */
  rounds: number;
  firstRound: number;
  /** Further rounds follow until the batches took so long. */
  minSeconds: number;
  /** Texts that are handed over at once. */
  batchTexts: number;
}

export interface ChatPlan {
  kind: 'chat';
  system: string | null;
  maxTokens: number;
  temperature: number;
}

export interface ParityPlan {
  kind: 'parity';
  /** Those that are asked. */
  questions: QuestionSet;
  maxTokens: number;
  /** What was asked for as reference: `<framework>:<format>`. */
  reference: string;
}

export interface LoadPlan extends AnswerSettings {
  kind: 'load';
  shape: LoadShape;
  questions: QuestionSet;
  /** How long a stage sends requests. */
  seconds: number;
  /** Requests before the first stage that count nothing. */
  warmUpRequests: number;
  requestTimeoutMs: number;
  objectives: Objectives;
}

/** Levels of concurrency, faults and load cycles; see scripts/pool/. */
export interface PoolPlan {
  kind: 'pool';
  questions: QuestionSet;
  /** Answers at a time, by engine processes, and by sequences of one engine. */
  engines: readonly number[];
  sequences: readonly number[];
  /** Names of the models that are loaded side by side. */
  models: readonly string[];
  faults: readonly string[];
  cycles: number;
  secondsPerLevel: number;
  /** How often a client repeats a request that failed. */
  retries: number;
  maxTokens: number;
}

/** Tasks that are judged item by item; see scripts/tasks/. */
export interface AccuracyPlan {
  kind: 'accuracy';
  /** Names of the tasks. */
  tasks: readonly string[];
  /** Items of each task, at most. */
  items: number;
  /** Of each answer; null: the limit of each task. */
  maxTokens: number | null;
  temperature: number;
}

/** A text whose tokens are scored; see scripts/workloads/perplexity/. */
export interface PerplexityPlan {
  kind: 'perplexity';
  text: ScoredText;
  /** Tokens of a chunk: llama-perplexity's context. */
  chunkTokens: number;
  /** At most so many chunks; null: all of the text. */
  chunks: number | null;
  /** What was asked for as reference: `<framework>:<format>`; null: nothing is compared. */
  reference: string | null;
}

export interface RunPlan {
  framework: Framework;
  model: ResolvedModel;
  settings: EngineSettings;
  workload:
    | QaPlan
    | KernelPlan
    | EmbeddingPlan
    | ChatPlan
    | ParityPlan
    | LoadPlan
    | PoolPlan
    | AccuracyPlan
    | PerplexityPlan;
  seed: number;
  /** A number of warm-up answers, or 'auto': until no trend is left. */
  warmUp: number | 'auto';
  timeoutMs: number;
  output: string;
  anonymize: boolean;
  command: readonly string[];
  session?: NonNullable<Header['session']>;
  /** The cell of a sweep that the run is. */
  sweep?: NonNullable<Header['sweep']>;
  /** Doubts about the run that are known before it starts; they are in its log. */
  doubts?: ReadonlyArray<{ code: string; message: string }>;
  /** False: the machine is not watched meanwhile, and the run has no certificate. */
  conditions?: boolean;
}

/** What the header keeps of the request: all that a person needs to ask for the same. */
export function requestedSettings(plan: RunPlan): Header['requested'] {
  const { framework, timeoutMs, conditions = true } = plan;
  const timeoutSeconds = timeoutMs / 1000;
  return {
    ...workloadSettings(plan),
    ...frameworkVariables(framework),
    ...(timeoutSeconds === defaults.timeoutSeconds ? {} : { timeoutSeconds }),
    ...(conditions ? {} : { conditions }),
  };
}

/** Variables of the framework's own options that are set: they may change speed and answers. */
export function frameworkVariables({ host, options = [] }: Framework): Record<string, string> {
  return givenVariables(host === 'python' ? [...pythonOptions, ...options] : options);
}

function workloadSettings({ settings, warmUp, workload }: RunPlan): Header['requested'] {
  switch (workload.kind) {
    case 'qa': {
      const { maxTokens, temperature, rounds, firstRound, minSeconds, ignoreEndOfSequence } = workload;
      return { ...settings, warmUp, maxTokens, temperature, rounds, firstRound, minSeconds, ignoreEndOfSequence };
    }
    case 'kernel': {
      const { nPrompt, nGen, depth, repetitions } = workload;
      return { ...settings, warmUp, nPrompt, nGen, depth, repetitions };
    }
    case 'embedding': {
      const { rounds, firstRound, minSeconds, batchTexts } = workload;
      return { ...settings, warmUp, rounds, firstRound, minSeconds, batchTexts };
    }
    case 'chat': {
      const { maxTokens, temperature, system } = workload;
      return { ...settings, maxTokens, temperature, system };
    }
    case 'parity': {
      const { maxTokens, reference } = workload;
      return { ...settings, maxTokens, temperature: 0, reference };
    }
    case 'load': {
      const { shape, seconds, warmUpRequests, requestTimeoutMs, objectives } = workload;
      const { maxTokens, temperature, ignoreEndOfSequence } = workload;
      return {
        ...settings,
        load: loadShapeText(shape),
        loadSeconds: seconds,
        loadWarmUp: warmUpRequests,
        requestTimeoutSeconds: requestTimeoutMs / 1000,
        ...objectiveSettings(objectives),
        maxTokens,
        temperature,
        ignoreEndOfSequence,
      };
    }
    case 'pool': {
      const { engines, sequences, models, faults, cycles, secondsPerLevel, retries, maxTokens } = workload;
      const lists = { engines, sequences, models, faults };
      const texts = Object.fromEntries(Object.entries(lists).map(([name, list]) => [`pool_${name}`, list.join(',')]));
      return { ...settings, ...texts, cycles, secondsPerLevel, retries, maxTokens, temperature: 0 };
    }
    case 'accuracy': {
      const { tasks, items, maxTokens, temperature } = workload;
      return { ...settings, tasks: tasks.join(','), items, maxTokens, temperature };
    }
    case 'perplexity': {
      const { text, chunkTokens, chunks, reference } = workload;
      const { file, path, sha256 } = text;
      const textOptions = { text: file, ...(path === undefined ? {} : { textPath: path }), textSha256: sha256 };
      return { ...settings, ...textOptions, chunkTokens, chunks, reference };
    }
    default:
      return workload satisfies never;
  }
}

/** Everything that decides a run, after the command line and before the first process is started. */

import type { Framework } from '../frameworks/framework.ts';
import { type Objectives, objectiveSettings } from '../log/figures/objectives.ts';
import type { Header } from '../log/run-log-format.ts';
import type { ResolvedModel } from '../models/resolve.ts';
import { defaults } from '../settings/defaults.ts';
import type { EngineSettings } from '../settings/settings.ts';
import { type LoadShape, loadShapeText } from '../workloads/load/load-shape.ts';
import type { ScoredText } from '../workloads/perplexity/scored-text.ts';
import type { QuestionSet } from '../workloads/questions/questions.ts';

export interface QaPlan {
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
  maxTokens: number;
  temperature: number;
  ignoreEndOfSequence: boolean;
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

export interface LoadPlan {
  kind: 'load';
  shape: LoadShape;
  questions: QuestionSet;
  /** How long a stage sends requests. */
  seconds: number;
  /** Requests before the first stage that count nothing. */
  warmUpRequests: number;
  requestTimeoutMs: number;
  objectives: Objectives;
  maxTokens: number;
  temperature: number;
  ignoreEndOfSequence: boolean;
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
  const { timeoutMs, conditions = true } = plan;
  const timeoutSeconds = timeoutMs / 1000;
  return {
    ...workloadSettings(plan),
    ...(timeoutSeconds === defaults.timeoutSeconds ? {} : { timeoutSeconds }),
    ...(conditions ? {} : { conditions }),
  };
}

function workloadSettings({ settings: { framework: _, ...settings }, warmUp, workload }: RunPlan): Header['requested'] {
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

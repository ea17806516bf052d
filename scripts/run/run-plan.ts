/** Everything that decides a run, after the command line and before the first process is started. */
import { z } from 'zod';
import defaultsFile from '../../configs/defaults.json' with { type: 'json' };
import type { Progress } from '../command-line/progress.ts';
import type { Clock } from '../engine/clock.ts';
import type { Engine } from '../engine/engine.ts';
import type { EngineSettings, Framework } from '../frameworks/framework.ts';
import { type Loaded, precisions, shardAxes } from '../frameworks/messages.ts';
import type { Settings } from '../log/record-fields.ts';
import type { Header, RunRecord, WarningRecord } from '../log/run-log-format.ts';
import type { TimeLog } from '../log/time-log.ts';
import type { ResolvedModel } from '../models/resolve.ts';

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

/** How far a run is, for the person who waits: told between two answers. */
export interface RunReporter {
  stage(label: string): void;
  /** @param total 0 where it is not known */
  progress(done: number, total: number): void;
}

/** On a progress line. */
export function reporterOn(line: Progress): RunReporter {
  return { stage: (label) => line.stage(label), progress: (done, total) => line.update(done, total) };
}

/** What every workload works with. */
interface WorkContext {
  plan: RunPlan;
  header: Header;
  timeLog: TimeLog;
  write: (...records: RunRecord[]) => void;
  reporter: RunReporter;
  /** @throws once the person has asked to stop */
  checkInterrupted: () => void;
}

/** What a workload works with whose run starts the engine and loads the model. */
export interface RunContext extends WorkContext {
  engine: Engine;
  /** Whether this model can show teacher-forced logits. */
  showsLogits: boolean;
  /** Whether it reports log-likelihoods without them. */
  tellsLikelihoods: boolean;
  /** While the work goes on, Ctrl-C asks it to stop, so that it can hand over what it has; else it ends the engine. */
  stoppable: <T>(stop: () => Promise<void>, work: () => Promise<T>) => Promise<T>;
}

/** What a workload works with that starts engines of its own. */
export interface EnginesContext extends WorkContext {
  /** Origin of the run's clock, and that clock. */
  originNs: bigint;
  now: Clock;
  /** Aborted when the person stops the run, and when its log cannot be written any more. */
  signal: AbortSignal;
}

/** What the run of a workload needs to know of it, whatever its plan. */
export interface WorkloadTraits {
  /** As `--workload` and the header of a log have it. */
  readonly name: Header['workload'];
  /** Whether the machine is watched meanwhile, so that the run gets a certificate: where speed is measured. */
  readonly watched?: true;
  /** Whether the work is repeated until the engine is warm. */
  readonly warmsUp?: true;
  /** Whether it is measured at least for a while, and how a warning says that it was not: what was done, and what gives more. */
  readonly extent?: { readonly done: string; readonly more: string };
  /** Whether the answers are timed one by one. False for those that a person asked for. */
  readonly timesAnswers?: false;
  /** Whether it follows other runs and times nothing: then the load average at its start is theirs. */
  readonly followsRuns?: true;
  /** @throws UserError for a framework that cannot do it, before the model is loaded */
  requireFramework?(framework: Framework): void;
  /** @throws UserError for a model that cannot do it, once it is loaded */
  requireLoaded?(abilities: Loaded['abilities'], plan: Pick<RunPlan, 'framework' | 'model'>): void;
  /** Doubts about its own figures. */
  warnings?(header: Header, records: readonly RunRecord[]): WarningRecord[];
}

/** A workload with its plan, as a run carries it; scripts/workloads/workload.ts makes it. */
export type PlannedWorkload = WorkloadTraits & {
  /** What the header keeps of the plan. */
  readonly requested: Settings;
  /** What is asked, where that is a list. */
  readonly questions?: AskedQuestions;
} & (
    | { readonly ownEngines?: never; run(context: RunContext): Promise<void> }
    | { readonly ownEngines: true; run(context: EnginesContext): Promise<void> }
  );

/** A list of questions as the header names it. */
interface AskedQuestions {
  readonly file: string;
  /** As typed; absent for the predefined ones. */
  readonly path?: string;
  readonly sha256: string;
  readonly questions: readonly unknown[];
}

export interface RunPlan {
  framework: Framework;
  model: ResolvedModel;
  settings: EngineSettings;
  workload: PlannedWorkload;
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

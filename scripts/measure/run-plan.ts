/** Everything that decides a run, after the command line and before the first process is started. */
import { z } from 'zod';
import defaultsFile from '../../configs/defaults.json' with { type: 'json' };
import { type EngineSettings, type Framework, precisions, shardAxes } from '../frameworks/framework.ts';
import type { ResolvedModel } from '../models/resolve.ts';
import type { QuestionSet } from './questions.ts';
import type { Header } from './run-log-format.ts';

const positive = z.int().positive();

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
    warmUpAtMost: positive,
    timeoutSeconds: positive,
    kernel: z.object({ nPrompt: positive, nGen: positive, depth: z.int().nonnegative(), repetitions: positive }),
    comparison: z.object({ iterations: positive }),
    start: z.object({
      size: z.string(),
      quantizations: z.array(z.string()),
      iterations: positive,
      maxTokens: positive,
      /** One: a model that fits in a cache spends more time on waking a second thread than it saves. */
      threads: positive,
    }),
  })
  .parse(defaultsFile);

export interface QaPlan {
  kind: 'qa';
  questions: QuestionSet;
  /** Rounds of the question list. */
  rounds: number;
  /** Drawn into the order of the questions, so that iterations of a comparison differ and frameworks do not. */
  firstRound: number;
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

export interface ChatPlan {
  kind: 'chat';
  system: string | null;
  maxTokens: number;
  temperature: number;
}

export interface RunPlan {
  framework: Framework;
  model: ResolvedModel;
  settings: EngineSettings;
  workload: QaPlan | KernelPlan | ChatPlan;
  seed: number;
  /** A number of warm-up answers, or 'auto': until stable. */
  warmUp: number | 'auto';
  timeoutMs: number;
  output: string;
  anonymize: boolean;
  command: readonly string[];
  session?: NonNullable<Header['session']>;
}

/** What the header keeps of the request. */
export function requestedSettings({ settings, warmUp, workload }: RunPlan): Header['requested'] {
  switch (workload.kind) {
    case 'qa': {
      const { maxTokens, temperature, rounds, firstRound, ignoreEndOfSequence } = workload;
      return { ...settings, warmUp, maxTokens, temperature, rounds, firstRound, ignoreEndOfSequence };
    }
    case 'kernel': {
      const { nPrompt, nGen, depth, repetitions } = workload;
      return { ...settings, warmUp, nPrompt, nGen, depth, repetitions };
    }
    case 'chat': {
      const { maxTokens, temperature, system } = workload;
      return { ...settings, maxTokens, temperature, system };
    }
    default:
      return workload satisfies never;
  }
}

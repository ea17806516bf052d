/** Settings of a recorded run, from the `requested` of its header. */

import { z } from 'zod';
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { shellLine } from '../../command-line/shell-line.ts';
import type { EngineSettings } from '../../frameworks/framework.ts';
import { precisions, shardAxes } from '../../frameworks/messages.ts';
import type { Header } from '../../log/run-log-format.ts';
import { defaults } from '../../run/run-plan.ts';
import type { KernelPlan } from '../../workloads/kernel/workload.ts';
import { equivalentCommand } from './equivalent-command.ts';
import { scriptOf } from './script-of.ts';

const count = z.int().nonnegative();

/** Settings that later versions brought have their default in older logs. */
const engineSchema = z.object({
  threads: count,
  device: z.string(),
  gpuLayers: z.union([z.enum(['auto', 'max']), count]),
  contextTokens: count,
  batchTokens: count,
  flashAttention: z.enum(['auto', 'on', 'off']),
  kvType: z.string(),
  precision: z.enum(['auto', ...precisions]).default(defaults.precision),
  compile: z.boolean().default(false),
  deviceCount: count.default(defaults.deviceCount),
  shard: z.enum(shardAxes).default(defaults.shard),
});

const warmUpSchema = z.object({ warmUp: z.union([z.literal('auto'), count]) });

const qaSchema = z.object({
  maxTokens: count,
  temperature: z.number(),
  rounds: count,
  firstRound: count,
  /** Logs of before have the rounds that were asked for, and no more. */
  minSeconds: z.number().nonnegative().default(0),
  ignoreEndOfSequence: z.boolean(),
});

const kernelSchema = z.object({ nPrompt: count, nGen: count, depth: count, repetitions: count });

type RecordedWorkload = ({ kind: 'qa' } & z.infer<typeof qaSchema>) | ({ kind: 'kernel' } & KernelPlan);

export interface RecordedSettings {
  engine: EngineSettings;
  warmUp: number | 'auto';
  workload: RecordedWorkload;
}

/** @throws UserError for workloads that a log does not hold whole, and for settings that it lacks */
export function recordedSettings(header: Header): RecordedSettings {
  const { workload, requested } = header;
  switch (workload) {
    case 'qa':
      return {
        ...commonOf(requested),
        workload: { kind: 'qa', ...parsed(qaSchema, requested) },
      };
    case 'kernel':
      return { ...commonOf(requested), workload: { kind: 'kernel', ...parsed(kernelSchema, requested) } };
    default:
      throw new UserError(`a run of the workload "${workload}" is not replayed`, {
        exitCode: exitCodes.usage,
        remedy: otherwise(header),
      });
  }
}

/** What does the same, though nothing is compared with the log. */
function otherwise(header: Header): string {
  const script = scriptOf(header);
  return script === null
    ? 'A person was part of it. Talk again with `npx tsx scripts/chat.ts`.'
    : `Only qa and kernel runs are. This asks for the same: ${shellLine(equivalentCommand(header, script))}`;
}

function commonOf(requested: Header['requested']) {
  return { engine: parsed(engineSchema, requested), warmUp: parsed(warmUpSchema, requested).warmUp };
}

function parsed<T>(schema: z.ZodType<T>, requested: Header['requested']): T {
  const result = schema.safeParse(requested);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new UserError(`the log's header lacks a setting: ${issue?.path.join('.')}: ${issue?.message}`, {
    exitCode: exitCodes.usage,
    remedy: 'It was written by another version; replay it with that one.',
  });
}

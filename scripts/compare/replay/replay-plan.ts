/** From a recorded run to the plan of the same run, here: its settings, its model and its questions, each found again. */
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { missingError, usageError } from '../../command-line/errors.ts';
import { shellLine } from '../../command-line/shell-line.ts';
import type { Framework } from '../../frameworks/framework.ts';
import { frameworkNamed } from '../../frameworks/registry.ts';
import { frameworkSettingsOf, recordedOption, registeredAs } from '../../log/recorded-options.ts';
import { equivalentCommand, scriptOf } from '../../log/repeating-command.ts';
import type { Header } from '../../log/run-log-format.ts';
import type { ModelOptionValues } from '../../models/model-options.ts';
import type { ResolvedModel } from '../../models/resolve.ts';
import { type Preparing, prepareModel } from '../../run/prepare.ts';
import type { PlannedWorkload } from '../../run/run-plan.ts';
import { defaultEngineSettings, type EngineSettings, engineSettingsSchema } from '../../settings/settings.ts';
import { type KernelPlan, kernel } from '../../workloads/kernel/workload.ts';
import { defaultQuestionsFile, type QuestionSet, readQuestions } from '../../workloads/questions/questions.ts';
import { questions as questionsWorkload } from '../../workloads/questions/workload.ts';
import { planned } from '../../workloads/workload.ts';

/** What a person may say of files that have moved. */
export interface MovedFiles {
  model?: string | undefined;
  questions?: string | undefined;
}

export interface ReplayPlan {
  framework: Framework;
  model: ModelOptionValues;
  settings: RecordedSettings;
  /** Null for kernel runs. */
  questions: FoundQuestions | null;
}

/** @throws UserError for what a log does not hold: workloads with a person in them, unknown frameworks, moved files */
export async function replayPlan(header: Header, moved: MovedFiles): Promise<ReplayPlan> {
  const settings = recordedSettings(header);
  return {
    framework: { ...frameworkNamed(header.framework.name), given: settings.engine.framework ?? {} },
    model: recordedModel(header, moved.model),
    settings,
    questions: settings.workload.kind === 'qa' ? await recordedQuestions(header, moved.questions) : null,
  };
}

export async function replayedModel(
  header: Header,
  { framework, model, settings }: ReplayPlan,
  world: Preparing,
): Promise<ResolvedModel> {
  return prepareModel(framework, { ...model, ...settings.engine, seed: header.seed }, world);
}

export function replayedWorkload({ settings, questions }: ReplayPlan, { record }: ResolvedModel): PlannedWorkload {
  const { kind, ...workload } = settings.workload;
  if ('nPrompt' in workload) return planned(kernel, workload);
  if (questions === null) throw new Error(`a ${kind} run has questions`);
  // The predefined answers are the embedded model's; a file of one's own comes with answers of one's own.
  const judged = record.source === 'embedded' || (questions.file !== undefined && !record.synthetic);
  return planned(questionsWorkload, { ...workload, questions: questions.set, judged });
}

/**
 * @param given a path of the person's, for files that have moved
 * @throws UserError when it is not known from where the model could come
 */
export function recordedModel(header: Header, given?: string): ModelOptionValues {
  const { model, requested } = header;
  return {
    quantize: model.quantization.asked,
    precision: typeof requested.precision === 'string' ? requested.precision : undefined,
    ...(given === undefined ? nameOf(header) : { model: given }),
  };
}

type Choice = Pick<ModelOptionValues, 'size' | 'algorithm' | 'model' | 'synthetic'>;

function nameOf(header: Header): Choice {
  const { model, command } = header;
  const synthetic = model.source === 'synthetic';
  if (model.asked !== undefined && (model.asked.model === undefined || existsSync(model.asked.model))) {
    return { ...model.asked, synthetic };
  }
  const recorded = model.asked?.model ?? recordedOption(command, 'model');
  const isFile = model.source === 'path' || model.source === 'server';
  const registered = registeredAs(model);
  if (registered !== undefined) return { model: registered, synthetic };
  // A model of the hub that the registry does not know was named by its repository.
  if (recorded !== undefined && (!isFile || existsSync(recorded))) return { model: recorded };
  const reason = recorded === undefined ? `the log does not say where ${model.file} lay` : `${recorded} is not there`;
  throw missingError(
    `the model of this run is not found: ${reason}`,
    `Name its file with --model PATH: ${model.file}, sha256 ${model.sha256.slice(0, 16)}…`,
  );
}

interface FoundQuestions {
  /** As --questions takes it; undefined for the predefined ones. */
  file: string | undefined;
  set: QuestionSet;
}

/**
 * @param given a path of the person's, for a file that has moved
 * @throws UserError when no file has the recorded hash: other questions would be another workload
 */
export async function recordedQuestions({ questions, command }: Header, given?: string): Promise<FoundQuestions> {
  const candidates = [given, undefined, recordedOption(command, 'questions')].filter(
    (file, i) => i === 1 || (file !== undefined && existsSync(file)),
  );
  for (const file of candidates) {
    const set = await readQuestions(file ?? defaultQuestionsFile);
    if (set.sha256 === questions?.sha256) return { file, set };
  }
  throw missingError(
    `no question file here is the recorded ${questions?.file ?? 'one'}`,
    `Name it with --questions FILE; its sha256 is ${questions?.sha256.slice(0, 16) ?? 'not recorded'}…`,
  );
}

const count = z.int().nonnegative();

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

interface RecordedSettings {
  engine: EngineSettings;
  warmUp: number | 'auto';
  workload: RecordedWorkload;
}

/** @throws UserError for workloads that a log does not hold whole, and for settings that it lacks */
export function recordedSettings(header: Header): RecordedSettings {
  const { workload, requested } = header;
  switch (workload) {
    case 'qa':
      return { ...commonOf(header), workload: { kind: 'qa', ...parsed(qaSchema, requested) } };
    case 'kernel':
      return { ...commonOf(header), workload: { kind: 'kernel', ...parsed(kernelSchema, requested) } };
    default:
      throw usageError(`a run of the workload "${workload}" cannot be replayed`, otherwise(header));
  }
}

/** What does the same, though nothing is compared with the log. */
function otherwise(header: Header): string {
  const script = scriptOf(header);
  return script === null
    ? 'A person was part of it. Talk again with `npx tsx scripts/chat.ts`.'
    : `Only qa and kernel runs are. This asks for the same: ${shellLine(equivalentCommand(header, script))}`;
}

function commonOf(header: Header) {
  const { requested } = header;
  return { engine: engineOf(header), warmUp: parsed(warmUpSchema, requested).warmUp };
}

/** Settings that later versions brought have their default in older logs. */
function engineOf(header: Header): EngineSettings {
  const { threads: _, contextTokens: __, framework: ___, ...defaults } = defaultEngineSettings;
  return parsed(engineSettingsSchema, { ...defaults, ...header.requested, framework: frameworkSettingsOf(header) });
}

function parsed<T>(schema: z.ZodType<T>, requested: object): T {
  const result = schema.safeParse(requested);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw usageError(
    `the log's header lacks a setting: ${issue?.path.join('.')}: ${issue?.message}`,
    'It was written by another version; replay it with that one.',
  );
}

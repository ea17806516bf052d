/** From a recorded run to the plan of the same run, here. */
import { pythonOptions } from '../../engine/python-options.ts';
import { runnableFormats } from '../../engine/runnable-formats.ts';
import type { Framework } from '../../frameworks/framework.ts';
import { frameworkNamed } from '../../frameworks/registry.ts';
import type { Header } from '../../log/run-log-format.ts';
import { type ModelOptionValues, modelRequestOf } from '../../models/model-options.ts';
import type { ModelProgress } from '../../models/model-progress.ts';
import type { ResolvedModel } from '../../models/resolve.ts';
import { resolveModel } from '../../models/resolve.ts';
import type { KernelPlan, QaPlan } from '../../run/run-plan.ts';
import { recordedModel } from './recorded-model.ts';
import { recordedOptions, wasGiven } from './recorded-options.ts';
import { type FoundQuestions, recordedQuestions } from './recorded-questions.ts';
import { longName } from './recorded-values.ts';
import { type RecordedSettings, recordedSettings } from './replay-settings.ts';

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
    framework: frameworkNamed(header.framework.name),
    model: recordedModel(header, moved.model),
    settings,
    questions: settings.workload.kind === 'qa' ? await recordedQuestions(header, moved.questions) : null,
  };
}

/** Options of the framework, and of Python, work through the environment: they are set as they were. */
export function restoreEnvironment({ command, requested }: Header, { host, options = [] }: Framework): void {
  for (const { flags, variable, repeats } of [...(host === 'python' ? pythonOptions : []), ...options]) {
    const name = longName(flags);
    const typed = flags.includes('<') ? recordedOptions(command, name) : wasGiven(command, name) ? ['1'] : [];
    const value = requested[variable] ?? (repeats === true ? typed.join(' ') : typed.at(-1));
    if (typeof value === 'string' && value !== '') process.env[variable] ??= value;
  }
}

export async function replayedModel(
  header: Header,
  { framework, model, settings }: ReplayPlan,
  progress: ModelProgress,
  signal: AbortSignal,
): Promise<ResolvedModel> {
  const formats = await runnableFormats(framework, settings.engine.device);
  const request = modelRequestOf(model, { seed: header.seed, formats, modelFormats: framework.modelFormats });
  return resolveModel(request, progress, { signal });
}

export function replayedWorkload({ settings, questions }: ReplayPlan, { record }: ResolvedModel): QaPlan | KernelPlan {
  const { workload } = settings;
  if (workload.kind === 'kernel') return workload;
  if (questions === null) throw new Error('a qa run has questions');
  // The predefined answers are the embedded model's; a file of one's own comes with answers of one's own.
  const judged = record.source === 'embedded' || (questions.file !== undefined && !record.synthetic);
  return { ...workload, questions: questions.set, judged };
}

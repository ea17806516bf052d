/**
 * From framework, model and settings to a run that is ready: one chain for everything that loads a model. A run that a person asked
 * for fails with the error that says why; one of many is a `Refusal`, and the others go on.
 */
import { interruptSignal } from '../command-line/interrupt.ts';
import { type Progress, progress } from '../command-line/progress.ts';
import { commandLine } from '../command-line/shell-line.ts';
import { runnableFormats } from '../engine/engine.ts';
import type { Framework } from '../frameworks/framework.ts';
import { configured } from '../frameworks/registry.ts';
import { usableCores } from '../machine/facts/host.ts';
import { familyRunsAs, findFamily } from '../models/architectures/families.ts';
import { type ModelOptionValues, modelRequestOf } from '../models/model-options.ts';
import { modelProgress } from '../models/model-progress.ts';
import { type ModelRequest, type ResolvedModel, resolveModel } from '../models/resolve.ts';
import { defaults } from '../settings/defaults.ts';
import { type EngineSettings, engineSettingsSchema } from '../settings/settings.ts';
import { type AskedOfEngine, recordRunsAs, refusalHere, requireFit } from './fit.ts';
import { type Refused, refusalBy } from './refusal.ts';
import type { RunPlan } from './run-plan.ts';

/** How what a run needs is looked up: the formats that a framework runs here, and the file of a model. */
export interface Preparing {
  formatsOf: (framework: Framework, device: string) => Promise<readonly string[]>;
  /** @throws UserError when there is no such model */
  resolve: (request: ModelRequest) => Promise<ResolvedModel>;
}

/** The progress of fetching and making models is on the line; the signal ends it. */
export function preparing(line: Progress, signal: AbortSignal): Preparing {
  return {
    formatsOf: runnableFormats,
    resolve: (request) => resolveModel(request, modelProgress(line), { signal }),
  };
}

type ModelChoice = ModelOptionValues & { seed: number };

/** @throws UserError for what the framework does not offer, and for a model that is not available */
export async function prepareModel(
  framework: Framework,
  options: AskedOfEngine & ModelChoice,
  { formatsOf, resolve }: Preparing,
): Promise<ResolvedModel> {
  requireFit(framework, { options, algorithm: options.algorithm });
  return resolve(requestOf(framework, options, await formatsOf(framework, options.device)));
}

/** A framework with a model that is on this disk, and the settings of its engine. */
export type ReadyRun = Pick<RunPlan, 'framework' | 'model' | 'settings'>;

/** @throws UserError as `prepareModel`, and for a model that the framework does not run */
export async function prepareRun(
  framework: Framework,
  options: AskedOfEngine & ModelChoice,
  world: Preparing,
): Promise<ReadyRun> {
  const model = await prepareModel(framework, options, world);
  return { framework, model, settings: await engineSettings(options, framework, model) };
}

/**
 * The model of one run of many, or why it does not run here.
 * @param request from the formats that the framework runs here
 * @throws UserError only when there is no such model
 */
export async function modelOrRefusal(
  framework: Framework,
  options: AskedOfEngine,
  request: (formats: readonly string[]) => ModelRequest,
  { formatsOf, resolve }: Preparing,
): Promise<{ request: ModelRequest; model: ResolvedModel } | Refused> {
  let formats: readonly string[];
  try {
    requireFit(framework, { options });
    formats = await formatsOf(framework, options.device);
  } catch (error) {
    return refusalBy(error);
  }
  const asked = request(formats);
  const { quantize } = asked;
  const family = asked.algorithm === undefined ? undefined : findFamily(asked.algorithm);
  const early = family && (await refusalHere(framework, options, { quantize, architecture: familyRunsAs(family) }));
  if (early) return early;
  const model = await resolve(asked);
  const late = await refusalHere(framework, options, { quantize, architecture: recordRunsAs(model.record) });
  return late ?? { request: asked, model };
}

/** @throws UserError for what the framework does not offer, and for a model that it does not run */
export async function engineSettings(
  options: AskedOfEngine,
  framework: Framework,
  model: ResolvedModel,
): Promise<EngineSettings> {
  requireFit(framework, { options, record: model.record });
  const { sequences = 1, ...asked } = options;
  return engineSettingsSchema.parse({
    ...asked,
    threads: options.threads ?? (await usableCores()),
    contextTokens: options.contextTokens ?? Math.min(defaults.contextTokens, model.record.contextLength),
    ...(sequences === 1 ? {} : { sequences }),
    ...(options.workload === 'embedding' ? { embedding: true } : {}),
    framework: framework.given ?? configured(framework, options).given,
  });
}

export function requestOf(
  framework: Framework,
  options: ModelChoice,
  formats: readonly string[] = framework.quantizations,
): ModelRequest {
  return modelRequestOf(options, { seed: options.seed, formats, modelFormats: framework.modelFormats });
}

/** @param formats that the framework runs on this machine; absent: all of its own */
export type ModelRequestOf = (framework: Framework, quantize: string, formats?: readonly string[]) => ModelRequest;

/** The same model for every framework and format. */
export function modelRequestsOf(options: Omit<ModelChoice, 'quantize'>): ModelRequestOf {
  return (framework, quantize, formats) => requestOf(framework, { ...options, quantize }, formats);
}

/** The part of a plan that every command has from its own options. */
export type PlanBase = Pick<
  RunPlan,
  'seed' | 'timeoutMs' | 'vocabularies' | 'output' | 'anonymize' | 'tag' | 'command'
>;

/** @param options `command`: absent for the command line of this process */
export function planBase({
  seed,
  timeoutSeconds,
  vocabularies,
  output,
  anonymize,
  tag,
  command = commandLine(),
}: Omit<PlanBase, 'timeoutMs' | 'command'> & {
  timeoutSeconds: number;
  command?: readonly string[] | undefined;
}): PlanBase {
  return { seed, timeoutMs: timeoutSeconds * 1000, vocabularies, output, anonymize, tag, command };
}

/** What a command works with: its progress line, which is gone when the work ends, and the signal that stops it. */
export interface CommandWork extends Preparing {
  line: Progress;
  signal: AbortSignal;
}

/**
 * The frame of a command: a progress line from here to the end of the work.
 * @param signal absent: Ctrl-C and its like
 */
export async function withWork<T>(
  label: string,
  work: (world: CommandWork) => Promise<T>,
  signal: AbortSignal = interruptSignal(),
): Promise<T> {
  const line = progress(label);
  try {
    return await work({ line, signal, ...preparing(line, signal) });
  } finally {
    line.end();
  }
}

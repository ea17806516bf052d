/** One framework with one format of the weights: the trials of a comparison, and their models. */
import type { Progress } from '../command-line/progress.ts';
import { runnableFormats } from '../engine/probe.ts';
import type { Framework } from '../frameworks/framework.ts';
import { refusalOf } from '../machine/fit/refusal.ts';
import { familyRunsAs, findFamily } from '../models/architectures/architectures.ts';
import { type ModelOptionValues, modelRequestOf } from '../models/model-options.ts';
import { modelProgress } from '../models/model-progress.ts';
import { type ModelRequest, type ResolvedModel, resolveModel } from '../models/resolve.ts';
import type { RunSummary } from '../results/run-summary.ts';
import { recordRunsAs } from '../run/model-fit.ts';
import { failureBy, type Refusal, refusalBy } from '../run/refusal.ts';
import { type EngineOptionValues, requireOffered } from '../run/run-options.ts';
import type { NamedWorkload } from '../settings/defaults.ts';
import type { ParityStanding } from './parity/parity-pass.ts';

/** All runs of one framework with one format of the weights. */
export interface ComparedTrial {
  framework: string;
  quantize: string;
  weightClass: string;
  runs: RunSummary[];
  /** Reasons why it did not run at all: no model, no log. */
  problems: Refusal[];
  /** Null where parity was not checked. */
  parity: ParityStanding | null;
}

export interface TrialOptions extends EngineOptionValues {
  frameworks: readonly Framework[];
  /** Formats of the weights, as asked. */
  quantizations: readonly string[];
  modelRequest: ModelRequestOf;
}

/** @param formats that the framework runs on this machine; absent: all of its own */
export type ModelRequestOf = (framework: Framework, quantize: string, formats?: readonly string[]) => ModelRequest;

/** The same model for every framework and format. */
export function modelRequestsOf(options: Omit<ModelOptionValues, 'quantize'> & { seed: number }): ModelRequestOf {
  return (framework, quantize, formats = framework.quantizations) =>
    modelRequestOf({ ...options, quantize }, { seed: options.seed, formats, modelFormats: framework.modelFormats });
}

/** A trial whose model is on this disk. */
export interface Trial {
  framework: Framework;
  quantize: string;
  /** The request that the model was made from. */
  request: ModelRequest;
  model: ResolvedModel;
  compared: ComparedTrial;
  /** The second of two identical trials, measured for the noise floor. */
  twin?: true;
}

export interface ResolvedTrials {
  cells: ComparedTrial[];
  runnable: Trial[];
  /** Those whose framework does not work here, with the model as it was asked for, where that takes no download. */
  missing: Trial[];
}

/**
 * Fetches or makes every trial's model. A trial that has none, or whose framework does not work here or lacks what the options
 * ask for, is a row with its reason; the others go on.
 */
export async function resolveTrials(
  options: TrialOptions & { workload?: NamedWorkload },
  line: Progress,
  signal: AbortSignal,
): Promise<ResolvedTrials> {
  const cells: ComparedTrial[] = [];
  const runnable: Trial[] = [];
  const missing: Trial[] = [];
  const resolve = (request: ModelRequest) => resolveModel(request, modelProgress(line), { signal });
  for (const framework of options.frameworks) {
    const offer = await offerOf(framework, options);
    for (const quantize of options.quantizations) {
      if (signal.aborted) return { cells, runnable, missing };
      const compared: ComparedTrial = {
        framework: framework.name,
        quantize,
        weightClass: 'unknown',
        runs: [],
        problems: [],
        parity: null,
      };
      cells.push(compared);
      try {
        if ('problem' in offer) {
          compared.problems.push(offer.problem);
          if (offer.problem.status !== 'missing') continue;
          const request = withoutFormatCheck(options.modelRequest(framework, quantize));
          missing.push({ framework, quantize, request, model: await resolve(request), compared });
          continue;
        }
        const request = options.modelRequest(framework, quantize, offer.formats);
        const refuses = async (architecture: string | undefined) => {
          const refusal = await refusalOf(framework, { device: options.device, quantize, architecture });
          if (refusal !== null) compared.problems.push({ status: 'incompatible', ...refusal });
          return refusal !== null;
        };
        const family = request.algorithm === undefined ? undefined : findFamily(request.algorithm);
        if (family !== undefined && (await refuses(familyRunsAs(family)))) continue;
        const model = await resolve(request);
        if (await refuses(recordRunsAs(model.record))) continue;
        const { got, weightClass } = model.record.quantization;
        Object.assign(compared, { quantize: got, weightClass });
        runnable.push({ framework, quantize, request, model, compared });
      } catch (error) {
        if (!signal.aborted && compared.problems.length === 0) compared.problems.push(failureBy(error));
      }
    }
  }
  return { cells, runnable, missing };
}

/** Before a model is fetched: the formats that a framework runs here, or why it does not run with the options. */
async function offerOf(
  framework: Framework,
  options: TrialOptions & { workload?: NamedWorkload },
): Promise<{ formats: readonly string[] } | { problem: Refusal }> {
  try {
    requireOffered(options, framework);
    return { formats: await runnableFormats(framework, options.device) };
  } catch (error) {
    return { problem: refusalBy(error) };
  }
}

/** Whatever the framework reads: its model is only described. */
function withoutFormatCheck(request: ModelRequest): ModelRequest {
  return { ...request, formats: [], modelFormats: undefined, offline: true };
}

/** What the rate of a comparison is: decode of answers, or tg of the kernel workload. */
export type Metric = 'decode' | 'tg';

/** The rate of a run; null for one that did not complete. */
export function rateOf(run: RunSummary, metric: Metric): number | null | undefined {
  if (run.status !== 'completed') return null;
  return metric === 'tg' ? run.kernel?.tg?.mean : run.answers?.totals.decodeTokensPerSecond;
}

/** The rates of all runs of a cell that have one. */
export function ratesOf({ runs }: Pick<ComparedTrial, 'runs'>, metric: Metric): number[] {
  return runs.map((run) => rateOf(run, metric)).filter((rate) => typeof rate === 'number');
}

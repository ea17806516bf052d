/** One framework with one format of the weights: the trials of a comparison, and their models. */
import type { Progress } from '../command-line/progress.ts';
import type { Framework } from '../frameworks/framework.ts';
import type { ModelRequest, ResolvedModel } from '../models/resolve.ts';
import type { RunSummary } from '../results/run-summary.ts';
import { type ModelRequestOf, modelOrRefusal, preparing } from '../run/prepare.ts';
import { failureBy, type Refusal } from '../run/refusal.ts';
import type { EngineOptionValues } from '../run/run-options.ts';
import type { NamedWorkload } from '../settings/defaults.ts';
import type { ParityOutcome } from './parity/workload.ts';

/** All runs of one framework with one format of the weights. */
export interface ComparedTrial {
  framework: string;
  quantize: string;
  weightClass: string;
  runs: RunSummary[];
  /** Reasons why it did not run at all: no model, no log. */
  problems: Refusal[];
  /** Null where parity was not checked. */
  parity: ParityOutcome | null;
  /** How long its run in the first round took, where it was left out of the others because of that. */
  leftOutAfterMs?: number;
}

export interface TrialOptions extends EngineOptionValues {
  frameworks: readonly Framework[];
  /** Formats of the weights, as asked. */
  quantizations: readonly string[];
  modelRequest: ModelRequestOf;
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
  /** Trials whose framework does not work here, with the requested model where that takes no download. */
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
  const world = preparing(line, signal);
  for (const framework of options.frameworks) {
    // A framework whose formats only a browser can say is asked once.
    const formats = once(() => world.formatsOf(framework, options.device));
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
      const requestOf = (formats?: readonly string[]) => options.modelRequest(framework, quantize, formats);
      try {
        const found = await modelOrRefusal(framework, options, requestOf, { ...world, formatsOf: formats });
        if ('model' in found) {
          const { got, weightClass } = found.model.record.quantization;
          Object.assign(compared, { quantize: got, weightClass });
          runnable.push({ framework, quantize, ...found, compared });
          continue;
        }
        compared.problems.push(found);
        if (found.status !== 'missing') continue;
        const request = withoutFormatCheck(requestOf());
        missing.push({ framework, quantize, request, model: await world.resolve(request), compared });
      } catch (error) {
        if (!signal.aborted && compared.problems.length === 0) compared.problems.push(failureBy(error));
      }
    }
  }
  return { cells, runnable, missing };
}

function once<T>(find: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | undefined;
  return () => {
    found ??= find();
    return found;
  };
}

/** A request without regard to what the framework reads: its model is only described. */
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

/** One framework with one format of the weights: the cells of a comparison, and their models. */
import { exitCodes, UserError } from '../command-line/errors.ts';
import type { Progress } from '../command-line/progress.ts';
import { runnableFormats } from '../engine/runnable-formats.ts';
import type { Framework } from '../frameworks/framework.ts';
import { refusalOf } from '../machine/refusal.ts';
import { familyRunsAs, findFamily } from '../models/architectures/architectures.ts';
import { type ModelOptionValues, modelRequestOf } from '../models/model-options.ts';
import { type ModelRequest, type ResolvedModel, resolveModel } from '../models/resolve.ts';
import { recordRunsAs } from '../run/model-fit.ts';
import { type Problem, problemOf } from '../run/not-run.ts';
import { type EngineOptionValues, requireOffered } from '../run/run-options.ts';
import type { RunSummary } from '../run/run-summary.ts';
import { modelProgress } from '../run/single-run.ts';
import type { NamedWorkload } from '../settings/defaults.ts';
import type { ParityStanding } from './parity/parity-standing.ts';

/** All runs of one framework with one format of the weights. */
export interface ComparedCell {
  framework: string;
  quantize: string;
  weightClass: string;
  runs: RunSummary[];
  /** What kept the cell from running at all: no model, no log. */
  problems: Problem[];
  /** Null where parity was not checked. */
  parity: ParityStanding | null;
}

export interface CellOptions extends EngineOptionValues {
  frameworks: readonly Framework[];
  /** The requested formats of the weights. */
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

/** A cell whose model is on this disk. */
export interface Cell {
  framework: Framework;
  quantize: string;
  /** What the model was made of. */
  request: ModelRequest;
  model: ResolvedModel;
  compared: ComparedCell;
  /** The second of two identical cells, measured for the noise floor. */
  twin?: true;
}

export interface ResolvedCells {
  cells: ComparedCell[];
  runnable: Cell[];
  /** Cells whose framework does not work here, with the requested model, where that takes no download. */
  missing: Cell[];
}

/**
 * Fetches or makes every cell's model. A cell that has none, or whose framework does not work here or lacks what the options
 * ask for, is a row with its reason; the others go on.
 */
export async function resolveCells(
  options: CellOptions & { workload?: NamedWorkload },
  line: Progress,
  signal: AbortSignal,
): Promise<ResolvedCells> {
  const cells: ComparedCell[] = [];
  const runnable: Cell[] = [];
  const missing: Cell[] = [];
  const resolve = (request: ModelRequest) => resolveModel(request, modelProgress(line), { signal });
  for (const framework of options.frameworks) {
    const offer = await offerOf(framework, options);
    for (const quantize of options.quantizations) {
      if (signal.aborted) return { cells, runnable, missing };
      const compared: ComparedCell = {
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
        if (!signal.aborted && compared.problems.length === 0) compared.problems.push(problemOf(error));
      }
    }
  }
  return { cells, runnable, missing };
}

/** An option that a framework does not support is not its failure. */
const statusOfExitCode: Readonly<Record<number, string>> = {
  [exitCodes.missing]: 'missing',
  [exitCodes.usage]: 'incompatible',
};

/** What is known before a model is fetched: the formats that a framework runs here, or why it does not run with the options. */
async function offerOf(
  framework: Framework,
  options: CellOptions & { workload?: NamedWorkload },
): Promise<{ formats: readonly string[] } | { problem: Problem }> {
  try {
    requireOffered(options, framework);
    return { formats: await runnableFormats(framework, options.device) };
  } catch (error) {
    const status = (error instanceof UserError && statusOfExitCode[error.exitCode]) || 'failed';
    return { problem: { ...problemOf(error), status } };
  }
}

/** A request that takes every format: the model is only described. */
function withoutFormatCheck(request: ModelRequest): ModelRequest {
  return { ...request, formats: [], modelFormats: undefined, offline: true };
}

/** What the rate of a comparison is: decode of answers, or tg of the kernel workload. */
export type Metric = 'decode' | 'tg';

/** What a run adds to the rate of its cell; null for one that did not complete. */
export function rateOf(run: RunSummary, metric: Metric): number | null | undefined {
  if (run.status !== 'completed') return null;
  return metric === 'tg' ? run.kernel?.tg?.mean : run.answers?.totals.decodeTokensPerSecond;
}

/** The rates of all runs of a cell that have one. */
export function ratesOf({ runs }: Pick<ComparedCell, 'runs'>, metric: Metric): number[] {
  return runs.map((run) => rateOf(run, metric)).filter((rate) => typeof rate === 'number');
}

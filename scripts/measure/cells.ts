/** One framework with one format of the weights: the cells of a comparison, and their models. */
import { oneLine, UserError } from '../command-line/errors.ts';
import type { Progress } from '../command-line/progress.ts';
import type { Framework } from '../frameworks/framework.ts';
import { type ModelRequest, type ResolvedModel, resolveModel } from '../models/resolve.ts';
import type { ParityStanding } from './parity/parity-standing.ts';
import type { RunSummary } from './run-summary.ts';
import { modelProgress } from './single-run.ts';

/** All runs of one framework with one format of the weights. */
export interface ComparedCell {
  framework: string;
  quantize: string;
  weightClass: string;
  runs: RunSummary[];
  /** What kept a cell from running at all: no model, no log. */
  problems: Array<{ status: string; reason: string; remedy: string | null }>;
  /** Null where parity was not checked. */
  parity: ParityStanding | null;
}

/** What did not run is a row too. */
export interface NotRun {
  framework: string;
  quantize: string;
  status: string;
  reason: string;
  remedy: string | null;
}

export interface CellOptions {
  frameworks: readonly Framework[];
  /** Formats of the weights, as asked. */
  quantizations: readonly string[];
  modelRequest: (framework: Framework, quantize: string) => ModelRequest;
}

/** A cell whose model is on this disk. */
export interface Cell {
  framework: Framework;
  quantize: string;
  model: ResolvedModel;
  compared: ComparedCell;
  /** The second of two identical cells, measured for the noise floor. */
  twin?: true;
}

/**
 * Fetches or makes every cell's model. A cell that has none is a row with its reason; the others go on.
 * @returns all of them, and those that can run
 */
export async function resolveCells(
  options: CellOptions,
  line: Progress,
  signal: AbortSignal,
): Promise<{ cells: ComparedCell[]; runnable: Cell[] }> {
  const cells: ComparedCell[] = [];
  const runnable: Cell[] = [];
  for (const framework of options.frameworks) {
    for (const quantize of options.quantizations) {
      if (signal.aborted) return { cells, runnable };
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
        const model = await resolveModel(options.modelRequest(framework, quantize), modelProgress(line), { signal });
        const { got, weightClass } = model.record.quantization;
        Object.assign(compared, { quantize: got, weightClass });
        runnable.push({ framework, quantize, model, compared });
      } catch (error) {
        if (!signal.aborted) compared.problems.push(problemOf(error));
      }
    }
  }
  return { cells, runnable };
}

export function problemOf(error: unknown): ComparedCell['problems'][number] {
  return {
    status: 'failed',
    reason: oneLine(error),
    remedy: error instanceof UserError ? (error.remedy ?? null) : null,
  };
}

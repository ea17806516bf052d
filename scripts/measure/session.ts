/** Several frameworks and formats, interleaved, each run in a fresh process with a log of its own. */
import { randomUUID } from 'node:crypto';
import { oneLine, UserError } from '../command-line/errors.ts';
import type { Progress } from '../command-line/progress.ts';
import { probeFramework } from '../engine/probe.ts';
import type { Framework } from '../frameworks/framework.ts';
import { type ModelRequest, type ResolvedModel, resolveModel } from '../models/resolve.ts';
import type { ComparedCell } from './comparison.ts';
import { interleave } from './interleave.ts';
import { runBenchmark } from './run.ts';
import { type EngineOptionValues, engineSettings } from './run-options.ts';
import { summarizeRun } from './run-summary.ts';
import { modelProgress } from './single-run.ts';
import { type WorkloadOptionValues, workloadPlan } from './workload-plan.ts';

export interface SessionOptions extends EngineOptionValues, WorkloadOptionValues {
  frameworks: readonly Framework[];
  /** Formats of the weights, as asked. */
  quantizations: readonly string[];
  modelRequest: (framework: Framework, quantize: string) => ModelRequest;
  iterations: number;
  seed: number;
  warmup: number | 'auto';
  timeout: number;
  output: string;
  anonymize: boolean;
  command: readonly string[];
}

export interface SessionResult {
  uuid: string;
  cells: ComparedCell[];
  interrupted: boolean;
}

interface Cell {
  framework: Framework;
  quantize: string;
  model: ResolvedModel;
  compared: ComparedCell;
}

/** A cell that cannot run is a row with its reason; the others go on. */
export async function runSession(options: SessionOptions, line: Progress, signal: AbortSignal): Promise<SessionResult> {
  const uuid = randomUUID();
  const cells: ComparedCell[] = [];
  const runnable: Cell[] = [];
  for (const framework of options.frameworks) {
    for (const quantize of options.quantizations) {
      const compared: ComparedCell = {
        framework: framework.name,
        quantize,
        weightClass: 'unknown',
        runs: [],
        problems: [],
      };
      cells.push(compared);
      try {
        const model = await resolveModel(options.modelRequest(framework, quantize), modelProgress(line), { signal });
        const { got, weightClass } = model.record.quantization;
        Object.assign(compared, { quantize: got, weightClass });
        runnable.push({ framework, quantize, model, compared });
      } catch (error) {
        if (signal.aborted) return { uuid, cells, interrupted: true };
        const remedy = error instanceof UserError ? (error.remedy ?? null) : null;
        compared.problems.push({ status: 'failed', reason: oneLine(error), remedy });
      }
    }
  }
  const turns = interleave(runnable, options.iterations, options.seed);
  const out = new Set<Cell>();
  for (const [order, { cell, iteration }] of turns.entries()) {
    if (signal.aborted) break;
    if (out.has(cell)) continue;
    const { framework, model, compared } = cell;
    const name = `${framework.title} ${model.record.quantization.got}`;
    line.stage(`run ${order + 1} of ${turns.length}: ${name}`);
    try {
      const settings = await engineSettings(options, framework, model);
      const workload = await workloadPlan(options, model, settings.contextTokens, 1, iteration);
      const outcome = await runBenchmark(
        {
          framework,
          model,
          settings,
          workload,
          seed: options.seed,
          warmUp: options.warmup,
          timeoutMs: options.timeout * 1000,
          output: options.output,
          anonymize: options.anonymize,
          command: options.command,
          session: { uuid, order, iteration },
        },
        { stage: () => {}, progress: () => line.update(order, turns.length) },
        signal,
      );
      compared.runs.push(summarizeRun(outcome));
      // A framework that is missing stays missing: one log says so, not one per iteration.
      if (outcome.end.status === 'missing') out.add(cell);
    } catch (error) {
      if (error instanceof UserError && error.exitCode === 2) throw error;
      const remedy = error instanceof UserError ? (error.remedy ?? null) : null;
      compared.problems.push({ status: 'failed', reason: oneLine(error), remedy });
      out.add(cell);
    }
  }
  return { uuid, cells, interrupted: signal.aborted };
}

/** `auto`: every framework that works here, in order of preference, and why the others do not. */
export async function workingFrameworks(
  candidates: readonly Framework[],
): Promise<{ working: Framework[]; missing: Array<{ framework: Framework; reason: string; remedy: string }> }> {
  const working: Framework[] = [];
  const missing: Array<{ framework: Framework; reason: string; remedy: string }> = [];
  for (const framework of candidates) {
    const availability = await probeFramework(framework);
    if (availability.status === 'available') working.push(framework);
    else missing.push({ framework, reason: availability.reason, remedy: availability.remedy });
  }
  return { working, missing };
}

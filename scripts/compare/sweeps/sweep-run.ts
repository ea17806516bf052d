/** Runs the cells of a sweep: completed ones are passed over, a failure is a row, and nothing stops the others. */
import type { NotRunFile, NotRunStatus } from '../../log/not-run-file.ts';
import { failureBy, type Refused } from '../../run/refusal.ts';
import type { RunReporter } from '../../run/run-plan.ts';
import { type SweepCell, workloadOf } from './cell.ts';
import type { CellPlanner } from './cell-plan.ts';
import { inParallel, type ParallelRules, parallelDoubt, runCell, type SweepWorld } from './cell-run.ts';
import type { Ledger } from './ledger.ts';
import { type CellFigures, cellFigures, figuresOfLog } from './run-traces.ts';

export interface SweepRules extends ParallelRules {
  sweep: string;
  hostname: string;
  /** How often a failing cell is tried again in this call. */
  retries: number;
  /** Whether cells that failed in an earlier call are tried again. */
  retryFailed: boolean;
  /** Longest time of a cell, milliseconds; Infinity: none. */
  cellLimitMs: number;
}

export interface CellResult {
  cell: SweepCell;
  /** `left`: the sweep was stopped before it. */
  status: 'completed' | 'interrupted' | 'left' | NotRunStatus;
  /** True where an earlier call has settled it. */
  earlier: boolean;
  reason: string | null;
  remedy: string | null;
  outOfMemory: boolean;
  /** Null where no run was begun. */
  log: string | null;
  /** Runs of this call. */
  runs: number;
  /** From the decision to run it to its last line in the log, and what of it the runs themselves took by their logs. */
  wallMs: number;
  runMs: number;
  figures: CellFigures;
}

export interface SweepParts {
  ledger: Ledger;
  notRun: NotRunFile;
  planner: CellPlanner;
  world: Pick<SweepWorld, 'runBenchmark'>;
  /** Asked before each cell. @throws to stop the sweep */
  mayGoOn: () => void;
  onCell: (cell: SweepCell) => void;
  onResult: (result: CellResult) => void;
  reporter: RunReporter;
}

/** @returns a result for each cell, in their order */
export async function runCells(
  cells: readonly SweepCell[],
  rules: SweepRules,
  parts: SweepParts,
  signal: AbortSignal,
): Promise<CellResult[]> {
  const missing = new Map<string, Refused>();
  const settled = cells.map((cell) => settledEarlier(cell, rules, parts.ledger, true));
  const open = cells.filter((_, i) => settled[i] === null);
  const results = await inParallel(open, rules, signal, async (cell) => {
    parts.mayGoOn();
    parts.onCell(cell);
    const result = await tryCell(cell, rules, parts, missing, signal);
    parts.onResult(result);
    return result;
  });
  const byId = new Map(results.map((result) => [result.cell.id, result]));
  return cells.map((cell, i) => settled[i] ?? byId.get(cell.id) ?? untouched(cell, 'left'));
}

/**
 * Null for a cell that is to be run.
 * @param withFigures whether to read them from its log
 */
export function settledEarlier(
  cell: SweepCell,
  { retryFailed }: Pick<SweepRules, 'retryFailed'>,
  ledger: Ledger,
  withFigures: boolean,
): CellResult | null {
  const state = ledger.stateOf(cell.id);
  switch (state.kind) {
    case 'open':
    case 'stale':
      return null;
    case 'done': {
      const { path, header } = state.trace;
      const done = { ...untouched(cell, 'completed'), earlier: true, log: path };
      return withFigures ? { ...done, figures: figuresOfLog(path, header) } : done;
    }
    case 'failed': {
      if (retryFailed) return null;
      const { reason, remedy, trace } = state;
      return { ...untouched(cell, 'failed'), earlier: true, reason, remedy, log: trace.path };
    }
    default:
      return state satisfies never;
  }
}

async function tryCell(
  cell: SweepCell,
  rules: SweepRules,
  { ledger, notRun, planner, world, reporter }: SweepParts,
  missing: Map<string, Refused>,
  signal: AbortSignal,
): Promise<CellResult> {
  const startMs = performance.now();
  const result = untouched(cell, 'interrupted');
  const refuse = (refused: Refused) => {
    notRun.add(notRunRecord(cell, refused, rules));
    Object.assign(result, refused);
  };
  const { framework, device } = cell.options;
  const engine = `${framework} ${device}`;
  const before = ledger.attempts(cell.id);
  try {
    for (let attempt = 0; attempt <= rules.retries && !signal.aborted; attempt++) {
      const absent = missing.get(engine);
      if (absent !== undefined) {
        refuse(absent);
        break;
      }
      const prepared = await planner.prepare(cell, before + attempt, signal);
      if (prepared.kind === 'refused') {
        const { kind: _, ...refused } = prepared;
        refuse(refused);
        break;
      }
      const plan = { ...prepared.plan, ...parallelDoubt(rules) };
      const { outcome, outOfMemory } = await runCell(plan, world, rules.cellLimitMs, reporter, signal);
      const { end, logPath, header, records } = outcome;
      ledger.add({ path: logPath, header, end });
      const reason = end.error?.message ?? null;
      Object.assign(result, {
        status: end.status,
        reason: outOfMemory ? `out of memory: ${reason}` : reason,
        remedy: end.error?.remedy ?? null,
        outOfMemory,
        log: logPath,
        runs: result.runs + 1,
        runMs: result.runMs + end.atNs / 1e6,
        figures: end.status === 'completed' ? cellFigures(header, records) : {},
      } satisfies Partial<CellResult>);
      // A missing engine is in one log; the other cells need none to find out.
      if (end.status === 'missing') {
        missing.set(engine, { status: 'missing', reason: reason ?? 'it is missing', remedy: result.remedy });
      }
      if (end.status !== 'failed') break;
    }
  } catch (error) {
    if (signal.aborted) return { ...result, wallMs: performance.now() - startMs };
    // No log could be written. Where that has a cause that lasts, the next line says the same and ends the sweep.
    refuse(failureBy(error));
  }
  return { ...result, wallMs: performance.now() - startMs };
}

function untouched(cell: SweepCell, status: CellResult['status']): CellResult {
  return {
    cell,
    status,
    earlier: false,
    reason: null,
    remedy: null,
    outOfMemory: false,
    log: null,
    runs: 0,
    wallMs: 0,
    runMs: 0,
    figures: {},
  };
}

function notRunRecord({ id, iteration, options }: SweepCell, refused: Refused, rules: SweepRules) {
  return {
    type: 'not_run' as const,
    sweep: rules.sweep,
    cell: id,
    iteration,
    at: new Date().toISOString(),
    hostname: rules.hostname,
    ...refused,
    framework: options.framework,
    size: options.model ?? options.size ?? '',
    quantize: options.quantize,
    workload: workloadOf(options),
    device: options.device,
  };
}

/** A sweep before it is run: which cells there are, what is done, what cannot run here, and what the rest will take. */
import { freshHardwareLog } from '../../log/hardware/hardware-log.ts';
import type { NotRunStatus } from '../../log/not-run-file.ts';
import type { Host } from '../../log/records/host-record.ts';
import { arithmeticCeiling, bandwidthCeiling, mostThreads } from '../../results/hardware/ceilings.ts';
import { memoryRefusal, refusalHere } from '../../run/fit.ts';
import { failureBy, type Refusal } from '../../run/refusal.ts';
import { settingsOfAxes } from '../../settings/settings.ts';
import type { SweepCell } from './cell.ts';
import type { SweepWorld } from './cell-run.ts';
import { assumedRates, type CellEstimate, estimateCell, type History, isInHostMemory, type Rates } from './estimate.ts';
import type { Ledger } from './ledger.ts';
import { ModelCatalogue, type ModelFacts } from './model-facts.ts';
import { settledEarlier } from './sweep-run.ts';

export interface PlannedCell {
  cell: SweepCell;
  /** `run`: it will be run. */
  state: 'run' | 'done' | NotRunStatus;
  reason: string | null;
  remedy: string | null;
  /** Null where nothing is known of its model. */
  estimate: CellEstimate | null;
  model: ModelFacts | null;
}

export interface PlanQuestion {
  cells: readonly SweepCell[];
  ledger: Ledger;
  history: History;
  rates: Rates;
  retryFailed: boolean;
  force: boolean;
  offline: boolean;
  world: SweepWorld;
}

/** Starts no engine and fetches nothing; a cell reports what only those can show when it runs. */
export async function planSweep(question: PlanQuestion): Promise<PlannedCell[]> {
  const book = new ModelCatalogue();
  const planned: PlannedCell[] = [];
  for (const cell of question.cells) planned.push(await planCell(cell, book, question));
  return planned;
}

async function planCell(cell: SweepCell, book: ModelCatalogue, question: PlanQuestion): Promise<PlannedCell> {
  const { ledger, history, rates, retryFailed, force, offline, world } = question;
  const { options } = cell;
  const framework = world.frameworkNamed(options.framework);
  const unknown = { cell, estimate: null, model: null, reason: null, remedy: null };
  const settled = settledEarlier(cell, { retryFailed }, ledger, false);
  if (settled !== null) {
    const { status, reason, remedy } = settled;
    return { ...unknown, state: status === 'completed' ? 'done' : 'failed', reason, remedy };
  }
  const refused = ({ reason, remedy }: Refusal) => ({ ...unknown, state: 'incompatible' as const, reason, remedy });
  const { quantize, algorithm } = options;
  const refusal = await refusalHere(framework, settingsOfAxes(options), { quantize, architecture: algorithm });
  if (refusal !== null) return refused(refusal);
  let model: ModelFacts;
  try {
    model = await book.factsOf(options, framework);
  } catch (error) {
    return refused(failureBy(error));
  }
  if (offline && model.missing?.how === 'fetch') {
    const reason = `${model.name} is not on this machine, and --offline forbids fetching it`;
    return { ...unknown, state: 'missing', model, reason, remedy: 'Leave --offline out, or add "synthetic": true.' };
  }
  const estimate = estimateCell(options, model, rates, history);
  const tooLarge =
    force || !isInHostMemory(options, framework) ? null : memoryRefusal(estimate.memoryBytes, world.availableBytes());
  if (tooLarge !== null) {
    const { status: state, reason, remedy } = tooLarge;
    return { ...unknown, state, estimate, model, reason, remedy };
  }
  return { ...unknown, state: 'run', estimate, model };
}

export interface PlanTotals {
  cells: number;
  toRun: number;
  done: number;
  /** Counts by status. */
  notRun: Partial<Record<NotRunStatus, number>>;
  ms: number;
  /** Cells whose time is that of earlier runs. */
  fromRuns: number;
  /** Memory of the cell that needs most. */
  memoryBytes: number;
  logBytes: number;
  /** Model files that are not here yet, each once. */
  makeBytes: number;
  fetchBytes: number;
}

export function planTotals(planned: readonly PlannedCell[]): PlanTotals {
  const toRun = planned.filter(({ state }) => state === 'run');
  const notRun: PlanTotals['notRun'] = {};
  for (const { state } of planned) if (state !== 'run' && state !== 'done') notRun[state] = (notRun[state] ?? 0) + 1;
  const missing = new Map(toRun.flatMap(({ model }) => (model?.missing ? [[model.file, model.missing] as const] : [])));
  const bytesOf = (how: 'make' | 'fetch') =>
    [...missing.values()].reduce((sum, one) => sum + (one.how === how ? one.bytes : 0), 0);
  const sum = (of: (estimate: CellEstimate) => number) =>
    toRun.reduce((total, { estimate }) => total + (estimate === null ? 0 : of(estimate)), 0);
  return {
    cells: planned.length,
    toRun: toRun.length,
    done: planned.filter(({ state }) => state === 'done').length,
    notRun,
    ms: sum(({ ms }) => ms),
    fromRuns: toRun.filter(({ estimate }) => estimate?.from === 'runs').length,
    memoryBytes: Math.max(0, ...toRun.map(({ estimate }) => estimate?.memoryBytes ?? 0)),
    logBytes: sum(({ logBytes }) => logBytes),
    makeBytes: bytesOf('make'),
    fetchBytes: bytesOf('fetch'),
  };
}

/** The rates that the hardware benchmark of the day measured on the CPU here, or assumed ones. */
export function ratesOf(output: string, host: Host): Rates {
  const measured = freshHardwareLog(output, host)?.measurements ?? [];
  const threads = mostThreads(measured);
  const read = bandwidthCeiling(measured, { device: 'cpu', threads, workingSetBytes: 1e12, lastCache: null });
  const arithmetic = arithmeticCeiling(measured, { device: 'cpu', threads, bitsPerWeight: 32 });
  if (read === null || arithmetic === null) return assumedRates;
  return { bytesPerSecond: read.perSecond, flopsPerSecond: arithmetic.perSecond, measured: true };
}

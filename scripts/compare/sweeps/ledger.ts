/**
 * What is done of a sweep. The raw logs are the ledger: a cell is done when a log names it and ends with `completed`. Nothing
 * else has to be kept in step with them, so nothing can be out of step after a kill.
 */
import type { RunTrace } from './run-traces.ts';

/** The latest that is known of a cell. */
export type CellState =
  | { kind: 'open' }
  /** Completed, but longer ago than is asked for. */
  | { kind: 'stale' }
  | { kind: 'done'; trace: RunTrace }
  /** Its last run ended by itself, and not well. */
  | { kind: 'failed'; reason: string; remedy: string | null; trace: RunTrace };

export interface LedgerRules {
  sweep: string;
  /** As the logs name this machine: logs of another one, copied here, are no results of this one. */
  hostname: string;
  /** Completed runs that started before this do not count any more; wall clock, milliseconds. */
  oldestMs: number;
}

export class Ledger {
  readonly #runs = new Map<string, RunTrace[]>();
  readonly #rules: LedgerRules;

  constructor(traces: Iterable<RunTrace>, rules: LedgerRules) {
    this.#rules = rules;
    for (const trace of traces) this.add(trace);
  }

  add(trace: RunTrace): void {
    const { sweep, host } = trace.header;
    if (sweep?.name !== this.#rules.sweep || host.hostname !== this.#rules.hostname) return;
    const runs = this.#runs.get(sweep.cell);
    if (runs === undefined) this.#runs.set(sweep.cell, [trace]);
    else runs.push(trace);
  }

  /** How often the cell has been tried. */
  attempts(cell: string): number {
    return this.#runs.get(cell)?.length ?? 0;
  }

  stateOf(cell: string): CellState {
    const runs = (this.#runs.get(cell) ?? []).toSorted((a, b) => startOf(a) - startOf(b));
    const completed = runs.findLast(({ end }) => end?.status === 'completed');
    if (completed !== undefined) {
      return startOf(completed) >= this.#rules.oldestMs ? { kind: 'done', trace: completed } : { kind: 'stale' };
    }
    const last = runs.at(-1);
    // A kill, Ctrl-C and a framework that was not there say nothing about the cell.
    if (last?.end?.status !== 'failed') return { kind: 'open' };
    const { error } = last.end;
    return {
      kind: 'failed',
      reason: error?.message ?? 'no reason in the log',
      remedy: error?.remedy ?? null,
      trace: last,
    };
  }
}

function startOf({ header }: RunTrace): number {
  return Date.parse(header.startedAt);
}

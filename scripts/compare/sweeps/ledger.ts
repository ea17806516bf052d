/**
 * What is done of a sweep, and the lock that lets one sweep at a time work in a folder of results. The raw logs are the ledger: a cell is done when a log names it and ends with `completed`. Nothing
 * else has to be kept in step with them, so nothing can be out of step after a kill.
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileError, UserError } from '../../command-line/errors.ts';
import { makeFolder } from '../../command-line/folders.ts';
import { type HeldLock, isOwner, type LockOwner, takeLockFile } from '../../command-line/lock-file.ts';
import { sweepsFolder } from '../../log/not-run-file.ts';
import type { RunTrace } from './run-traces.ts';

/** The latest that is known of a cell. */
export type CellState =
  | { kind: 'open' }
  /** Completed, but older than --max-age. */
  | { kind: 'stale' }
  | { kind: 'done'; trace: RunTrace }
  /** Its last run ended by itself, and not well. */
  | { kind: 'failed'; reason: string; remedy: string | null; trace: RunTrace };

export interface LedgerRules {
  sweep: string;
  /** The name of this machine in logs: logs of another machine, copied here, do not count. */
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

export interface SweepLock extends Disposable {
  /** @throws UserError when another sweep has taken it over */
  requireHeld(): void;
}

/** Two sweeps would run the same cells. @throws UserError while another sweep works there */
export function takeSweepLock(output: string, sweep: string): SweepLock {
  const folder = sweepsFolder(output);
  const path = join(folder, '.lock');
  let taken: HeldLock | LockOwner;
  try {
    makeFolder(folder);
    taken = takeLockFile(path, { work: sweep });
  } catch (error) {
    throw fileError(error, path, 'locking');
  }
  if (isOwner(taken)) throw atWork(taken, path);
  const lock = taken;
  return {
    requireHeld: () => {
      if (lock.isHeld()) return;
      throw new UserError(`another sweep has taken over ${output}`, {
        remedy: 'Let it end, then start this one again.',
      });
    },
    [Symbol.dispose]: () => lock.release(),
  };
}

function atWork({ pid, hostname: host, work }: LockOwner, path: string): UserError {
  const here = host === hostname();
  return new UserError(
    here
      ? `the sweep ${work} is at work in this folder (process ${pid})`
      : `the sweep ${work} is at work in this folder, started on ${host}`,
    { remedy: here ? 'Wait for it, or choose another folder with --output DIR.' : `If it is gone, remove ${path}.` },
  );
}

/** The checkpoints of a run, each handed on the moment it is set, and the spans between them. */
import type { Clock } from '../engine/clock.ts';
import type { Checkpoint, CheckpointName } from './run-log-format.ts';

export class TimeLog {
  readonly #now: Clock;
  readonly #checkpoints: Checkpoint[] = [];
  readonly #onCheckpoint: (checkpoint: Checkpoint) => void;

  /** @param onCheckpoint where they are written; between two answers, never between two tokens */
  constructor(now: Clock, onCheckpoint: (checkpoint: Checkpoint) => void) {
    this.#now = now;
    this.#onCheckpoint = onCheckpoint;
  }

  /** Sets a checkpoint now. */
  mark(name: CheckpointName, edge: Checkpoint['edge'], label?: string): void {
    this.add({ type: 'checkpoint', name, edge, atNs: this.#now(), ...(label === undefined ? {} : { label }) });
  }

  /** Takes over a checkpoint that was stamped elsewhere, in the engine. */
  add(checkpoint: Checkpoint): void {
    this.#checkpoints.push(checkpoint);
    this.#onCheckpoint(checkpoint);
  }

  async span<T>(name: CheckpointName, work: () => Promise<T>, label?: string): Promise<T> {
    this.mark(name, 'start', label);
    const result = await work();
    this.mark(name, 'end', label);
    return result;
  }

  /** Milliseconds between the first start and the last end of a name; null when it did not take place or did not end. */
  durationMs(name: CheckpointName): number | null {
    return spanMs(this.#checkpoints, name);
  }
}

/** Milliseconds between the first start and the last end of a name; null when either is missing. */
export function spanMs(checkpoints: readonly Checkpoint[], name: CheckpointName): number | null {
  const start = checkpoints.find((checkpoint) => checkpoint.name === name && checkpoint.edge === 'start');
  const end = checkpoints.findLast((checkpoint) => checkpoint.name === name && checkpoint.edge === 'end');
  return start === undefined || end === undefined ? null : (end.atNs - start.atNs) / 1e6;
}

/** The checkpoints of a run and the spans between them. */
import type { Checkpoint, CheckpointName } from './run-log-format.ts';

/** The checkpoints of a run, each handed on the moment it is set, and the spans between them. */
export class TimeLog {
  readonly #now: () => number;
  readonly #onCheckpoint: (checkpoint: Checkpoint) => void;
  readonly #onEnd = new Map<CheckpointName, () => void>();

  /**
   * @param now nanoseconds since the run's origin
   * @param onCheckpoint where they are written; between two answers, never between two tokens
   */
  constructor(now: () => number, onCheckpoint: (checkpoint: Checkpoint) => void) {
    this.#now = now;
    this.#onCheckpoint = onCheckpoint;
  }

  /** Nanoseconds since the run's origin. */
  now(): number {
    return this.#now();
  }

  /** Sets a checkpoint now. */
  mark(name: CheckpointName, edge: Checkpoint['edge'], label?: string): void {
    this.add({ type: 'checkpoint', name, edge, atNs: this.#now(), ...(label === undefined ? {} : { label }) });
  }

  /** Takes over a checkpoint that was stamped elsewhere, in the engine. */
  add(checkpoint: Checkpoint): void {
    this.#onCheckpoint(checkpoint);
    if (checkpoint.edge === 'end') this.#onEnd.get(checkpoint.name)?.();
  }

  /** Calls at the end of every span of this name, before anything else is done. */
  onEnd(name: CheckpointName, call: () => void): void {
    this.#onEnd.set(name, call);
  }

  async span<T>(name: CheckpointName, work: () => Promise<T>, label?: string): Promise<T> {
    this.mark(name, 'start', label);
    const result = await work();
    this.mark(name, 'end', label);
    return result;
  }
}

/** Milliseconds of all spans of a name together; null when none took place or one did not end. */
export function spanMs(checkpoints: readonly Checkpoint[], name: CheckpointName): number | null {
  const edges = checkpoints.filter((checkpoint) => checkpoint.name === name);
  const starts = edges.filter(({ edge }) => edge === 'start').length;
  if (starts === 0 || edges.length !== 2 * starts) return null;
  return edges.reduce((sum, { edge, atNs }) => sum + (edge === 'end' ? atNs : -atNs), 0) / 1e6;
}

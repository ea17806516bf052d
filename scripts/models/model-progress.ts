/** Progress of long work on model files, and where it stops when a person says so. */
import { exitCodes, UserError } from '../command-line/errors.ts';
import type { Progress } from '../command-line/progress.ts';

/** Of a download, a synthesis, a quantisation, a conversion; `total` is 0 when unknown. Bytes. */
export type ModelProgress = (step: { label: string; done: number; total: number }) => void;

/** Once the signal is aborted, the work ends at its next step. */
export function stoppable(progress: ModelProgress, signal: AbortSignal | undefined): ModelProgress {
  return (step) => {
    if (signal?.aborted) throw new UserError(`interrupted while ${step.label}`, { exitCode: exitCodes.interrupted });
    progress(step);
  };
}

/** On a progress line: each label is a stage. */
export function modelProgress(line: Progress): ModelProgress {
  return ({ label, done, total }) => {
    line.stage(label);
    line.update(done, total);
  };
}

/** Long work on model files: its progress, how Ctrl-C stops it, and how a subcommand prints its result. */
import { exitCodes, UserError } from '../command-line/errors.ts';
import { interruptSignal } from '../command-line/interrupt.ts';
import { type Progress, progress } from '../command-line/progress.ts';
import { print, printJson } from '../command-line/terminal.ts';

/** Reports bytes done of a download, a synthesis, a quantisation or a conversion; `total` is 0 when unknown. */
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

/** @param work gets a progress that ends it once Ctrl-C is pressed, and the signal for child processes */
export async function withProgress<T>(
  label: string,
  work: (report: ModelProgress, signal: AbortSignal) => Promise<T>,
  onStop = 'Stopping; what has arrived is kept.',
): Promise<T> {
  const line = progress(label);
  const signal = interruptSignal(onStop);
  try {
    return await work(stoppable(modelProgress(line), signal), signal);
  } finally {
    line.end();
  }
}

export function printResult(json: boolean, value: unknown, asText: () => string): void {
  if (json) printJson(value);
  else print(asText());
}

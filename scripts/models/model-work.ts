/** What the subcommands share: work with a progress line that stops at Ctrl-C, and results as text or JSON. */

import { interruptSignal } from '../command-line/interrupt.ts';
import { progress } from '../command-line/progress.ts';
import { print, printJson } from '../command-line/terminal.ts';
import type { ModelProgress } from './model-progress.ts';

/** @param work gets what `resolveModel` takes besides a request */
export async function withProgress<T>(
  label: string,
  work: (report: ModelProgress, surroundings: { signal: AbortSignal }) => Promise<T>,
  onStop = 'Stopping; what has arrived is kept.',
): Promise<T> {
  const line = progress(label);
  const signal = interruptSignal(onStop);
  try {
    return await work(
      (step) => {
        line.stage(step.label);
        line.update(step.done, step.total);
      },
      { signal },
    );
  } finally {
    line.end();
  }
}

export function printResult(json: boolean, value: unknown, asText: () => string): void {
  if (json) printJson(value);
  else print(asText());
}

/** Ctrl-C: the first one asks the work to end in order, the second one ends the process. */
import { exitCodes } from './errors.ts';
import { say } from './terminal.ts';

/** Aborted by SIGINT or SIGTERM. */
export function interruptSignal(
  message = 'Stopping; what was measured is kept. Ctrl-C again ends at once.',
): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    say(message);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}

/** Interruption: the first signal asks the work to end in order, the second one ends the process. */
import { exitCodes } from './errors.ts';
import { say } from './terminal.ts';

const signals = {
  SIGINT: { by: 'Ctrl-C', again: 'Ctrl-C again ends at once.' },
  SIGTERM: { by: 'SIGTERM', again: 'A second one ends at once.' },
  SIGHUP: { by: 'SIGHUP, which is what comes when the terminal is closed', again: 'A second one ends at once.' },
} as const;
type SignalName = keyof typeof signals;
const signalNames: readonly SignalName[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Why the signal of `interruptSignal` is aborted. */
class Interruption extends DOMException {
  constructor(name: SignalName) {
    super(`stopped by ${signals[name].by}`, 'AbortError');
  }
}

/** Aborted by SIGINT, SIGTERM or SIGHUP. @param message what becomes of the work */
export function interruptSignal(message = 'Stopping; what was measured is kept.'): AbortSignal {
  const controller = new AbortController();
  for (const name of signalNames) {
    process.on(name, () => {
      if (name === 'SIGHUP') goOnWithoutTerminal();
      if (controller.signal.aborted) process.exit(exitCodes.interrupted);
      const { by, again } = signals[name];
      say(name === 'SIGINT' ? `${message} ${again}` : `${by}: ${message} ${again}`);
      controller.abort(new Interruption(name));
    });
  }
  return controller.signal;
}

/** 'stopped by SIGTERM', for logs and messages. */
export function stoppedBy({ reason }: Pick<AbortSignal, 'reason'>): string {
  return reason instanceof Interruption ? reason.message : 'stopped';
}

/** Writing to a terminal that is gone fails, and must not keep the work from its end. */
function goOnWithoutTerminal(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error');
    stream.on('error', () => {});
  }
  // At its end Node gives the terminal its modes back, and aborts where there is none: the signal ends the process instead, as it
  // would have without anybody who listens to it.
  if (!process.stdin.isTTY && !process.stdout.isTTY && !process.stderr.isTTY) return;
  process.once('exit', () => {
    process.removeAllListeners('SIGHUP');
    process.kill(process.pid, 'SIGHUP');
  });
}

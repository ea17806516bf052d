/** An engine process that died, hung or talked nonsense: one line, the next step, and the end of what it printed. */
import { exitCodes, UserError } from '../command-line/errors.ts';

export class EngineFailure extends UserError {
  /** The last lines of the engine's standard error; empty when it printed nothing. */
  readonly stderrTail: string;

  constructor(message: string, remedy: string, stderrTail: string) {
    super(message, { remedy });
    this.stderrTail = stderrTail;
  }
}

/** No engine could be started because what it lives in is not on this machine. */
export class EngineMissing extends UserError {
  constructor(message: string, remedy: string) {
    super(message, { remedy, exitCode: exitCodes.missing });
  }
}

/** Says how a process ended, in words, with what that usually means. */
export function describeExit(
  title: string,
  exit: { code: number | null; signal: NodeJS.Signals | null },
  stderrTail: string,
): EngineFailure {
  if (exit.signal === 'SIGKILL') {
    return new EngineFailure(
      `the ${title} engine was killed (SIGKILL)`,
      'Somebody killed it, most often the system when memory runs out: choose a smaller model, --quantize or --context.',
      stderrTail,
    );
  }
  const last = stderrTail.split('\n').findLast((line) => line.trim() !== '');
  const said = last === undefined ? '' : `; its last words: ${last.trim().slice(0, 200)}`;
  const how = exit.signal === null ? `ended with exit code ${exit.code}` : `was ended by ${exit.signal}`;
  return new EngineFailure(
    `the ${title} engine ${how}${said}`,
    exit.signal === 'SIGABRT' || exit.code === 134
      ? 'The framework aborted, often on a broken model file: check it with `tsx scripts/models.ts verify PATH`.'
      : 'Run it again; if it repeats, try another --quantize or --device, and report it with the raw log.',
    stderrTail,
  );
}

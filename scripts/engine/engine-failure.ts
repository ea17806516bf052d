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
  const last = lastWords(stderrTail);
  const said = last === undefined ? '' : `; its last words: ${last.slice(0, 200)}`;
  const how = exit.signal === null ? `ended with exit code ${exit.code}` : `was ended by ${exit.signal}`;
  return new EngineFailure(`the ${title} engine ${how}${said}`, remedyOf(exit, last), stderrTail);
}

/** A frame of a backtrace as glibc writes it: `libc.so.6(+0x129ecc)[0x7efc11729ecc]`. */
const frame = /\[0x[0-9a-f]+\]$/;

/** Of what was printed before the frames of a backtrace and between them, the latest line that speaks of an error, or else the latest. */
function lastWords(stderrTail: string): string | undefined {
  const lines = stderrTail
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !frame.test(line));
  return lines.findLast((line) => /error: |assert|abort|exception/i.test(line)) ?? lines.at(-1);
}

function remedyOf(
  { code, signal }: { code: number | null; signal: NodeJS.Signals | null },
  said: string | undefined,
): string {
  if (said !== undefined && /unsupported toolchain|driver version is insufficient|no kernel image/i.test(said)) {
    return 'The driver of the graphics card is older than the CUDA that the framework was built with, or the card is: update the driver, or use --device cpu.';
  }
  return signal === 'SIGABRT' || code === 134
    ? 'The framework aborted, often on a broken model file: check it with `npx tsx scripts/models.ts verify PATH`.'
    : 'Run it again; if it repeats, try another --quantize or --device, and report it with the raw log.';
}

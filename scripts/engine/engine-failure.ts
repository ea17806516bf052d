/** An engine process that died, hung or sent invalid messages: one line, the next step, and the end of what it printed. */
import type { ChildProcess } from 'node:child_process';
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

interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** How a process ended, in words, with what that usually means. */
export function describeExit(title: string, exit: ProcessExit, stderrTail: string): EngineFailure {
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

/** The latest line outside of the frames of a backtrace that names an error, or else the latest of all. */
function lastWords(stderrTail: string): string | undefined {
  const lines = stderrTail
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !frame.test(line));
  return lines.findLast((line) => /error: |assert|abort|exception/i.test(line)) ?? lines.at(-1);
}

function remedyOf({ code, signal }: ProcessExit, said: string | undefined): string {
  if (said !== undefined && /unsupported toolchain|driver version is insufficient|no kernel image/i.test(said)) {
    return 'The driver of the graphics card is older than the CUDA that the framework was built with, or the card is: update the driver, or use --device cpu.';
  }
  return signal === 'SIGABRT' || code === 134
    ? 'The framework aborted, often on a broken model file: check it with `npx tsx scripts/models.ts verify PATH`.'
    : 'Run it again; if it repeats, try another --quantize or --device, and report it with the raw log.';
}

const keptBytes = 8192;

/** Keeps the end of what comes out of the streams. */
export function tailOf(...streams: Array<ChildProcess['stderr']>): () => string {
  let kept = '';
  for (const stream of streams) {
    stream?.on('data', (chunk: Buffer) => {
      kept = (kept + chunk.toString('utf8')).slice(-keptBytes);
    });
  }
  return () => kept;
}

/** The last output of a dying process may arrive after the news of its death. */
const lastWordsMs = 50;

/** Reports once how the process ended. Not on 'close', which waits for pipes that a grandchild may hold open. */
export function onEnd(
  child: ChildProcess,
  report: { exit: (exit: ProcessExit) => void; error: (error: Error) => void },
): void {
  child.once('exit', (code, signal) => setTimeout(() => report.exit({ code, signal }), lastWordsMs));
  child.once('error', report.error);
}

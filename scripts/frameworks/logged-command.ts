/** Programs that an installation starts: their output goes to a log, and none of them outlives the installation. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { oneLine, UserError } from '../command-line/errors.ts';
import { isRunning, processStart } from '../command-line/running-process.ts';

export interface LoggedCommand {
  command: string;
  args: readonly string[];
  /** The output is appended to it. */
  logPath: string;
  onLine?: (line: string) => void;
  /** Added to the environment of this process; undefined removes a variable. */
  environment?: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
}

/**
 * Runs a program and logs its output line by line; stopping ends the program with all its child processes.
 * @throws UserError with the first line about an error, or the reason of the signal
 */
export async function runLogged({ command, args, logPath, onLine, environment, signal }: LoggedCommand): Promise<void> {
  signal.throwIfAborted();
  const log = createWriteStream(logPath, { flags: 'a' });
  let logFailure: Error | undefined;
  log.on('error', (error) => {
    logFailure = error;
  });
  log.write(`$ ${[command, ...args].join(' ')}\n`);
  // A process group of its own, so that the compilers that a build tool started end with it.
  const child = spawn(command, [...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
    detached: process.platform !== 'win32',
  });
  const stop = () => endGroup(child);
  signal.addEventListener('abort', stop);
  process.on('exit', stop);
  const note = noteOf(logPath);
  if (child.pid !== undefined) writeFileSync(note, JSON.stringify({ pid: child.pid, start: processStart(child.pid) }));
  let complaint = '';
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      log.write(`${line}\n`);
      if (complaint === '' && /\berror\b|No space left|Killed/i.test(line)) complaint = line;
      onLine?.(line);
    });
  }
  try {
    const code = await new Promise<number | string>((resolve, reject) => {
      child.on('error', (cause) => reject(new UserError(`${command} does not start: ${oneLine(cause)}`, { cause })));
      child.on('close', (exitCode, killedBy) => resolve(exitCode ?? killedBy ?? 'no code'));
    });
    signal.throwIfAborted();
    if (logFailure !== undefined) throw logFailure;
    if (code === 0) return;
    const said = complaint === '' ? '' : `: ${oneLine(complaint).slice(0, 200)}`;
    throw new UserError(`${command} ended with ${code}${said}`);
  } finally {
    signal.removeEventListener('abort', stop);
    process.off('exit', stop);
    rmSync(note, { force: true });
    log.end();
    if (!log.closed) await once(log, 'close');
  }
}

function endGroup({ pid, exitCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null) signalGroup(pid, 'SIGTERM');
}

function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // The process has just ended.
  }
}

const noteSchema = z.object({ pid: z.int(), start: z.string().nullable() });

/** Names the program that is running now, so that it can be ended after its installation was killed. */
function noteOf(logPath: string): string {
  return `${logPath}.running`;
}

/** Ends the program that a killed installation left running, and waits until it is gone. */
export async function endLeftover(logPath: string): Promise<void> {
  const note = noteOf(logPath);
  const left = leftoverIn(note);
  for (let waitedMs = 0; left !== undefined && isLeft(left) && waitedMs < endingMs; waitedMs += pollMs) {
    signalGroup(left.pid, waitedMs === 0 ? 'SIGTERM' : 'SIGKILL');
    await delay(pollMs);
  }
  rmSync(note, { force: true });
}

const pollMs = 200;
const endingMs = 10_000;

function leftoverIn(note: string): z.infer<typeof noteSchema> | undefined {
  try {
    return noteSchema.parse(JSON.parse(readFileSync(note, 'utf8')));
  } catch {
    return undefined;
  }
}

/** False for a later process that got the same number, and where the system does not say which it is. */
function isLeft({ pid, start }: z.infer<typeof noteSchema>): boolean {
  return start !== null && isRunning(pid) && processStart(pid) === start;
}

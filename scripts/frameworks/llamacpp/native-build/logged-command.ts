/** Runs a program and logs its output line by line; stopping ends the program with all its child processes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { oneLine, UserError } from '../../../command-line/errors.ts';

interface LoggedCommand {
  command: string;
  args: readonly string[];
  logPath: string;
  onLine?: (line: string) => void;
  environment?: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

/** @throws UserError with the first line about an error, or the reason of the signal */
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
    log.end();
    if (!log.closed) await once(log, 'close');
  }
}

function endGroup({ pid, exitCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGTERM');
  } catch {
    // The process has just ended.
  }
}

/** A converter of somebody else's as a child process: what it says is kept for the case that it fails. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { exitCodes, oneLine, UserError } from '../command-line/errors.ts';

const keptLines = 20;

/**
 * @param onLine every line that it prints
 * @throws UserError with its last words, or when the signal is aborted
 */
export async function runTool(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
    signal,
  });
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      last.push(line);
      if (last.length > keptLines) last.shift();
      onLine(line);
    });
  }
  const code = await new Promise<number | string>((resolve, reject) => {
    child.on('error', (cause) => reject(notStarted(command, cause, signal)));
    child.on('close', (exitCode, killedBy) => resolve(exitCode ?? killedBy ?? 'no code'));
  });
  if (code === 0) return;
  const words = last.filter((line) => line.trim() !== '').at(-1) ?? 'it said nothing';
  throw new UserError(`${command} ended with ${code}: ${oneLine(words).slice(0, 300)}`);
}

function notStarted(command: string, cause: Error, signal: AbortSignal): UserError {
  if (signal.aborted)
    return new UserError(`interrupted while ${command} was at work`, { cause, exitCode: exitCodes.interrupted });
  return new UserError(`${command} does not start: ${oneLine(cause)}`, { cause, exitCode: exitCodes.missing });
}

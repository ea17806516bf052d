/** Tools of vendors: where they lie, and how they run beside a measurement. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { programPath } from '../../command-line/program-path.ts';
import type { ConditionsHost } from './condition-source.ts';

/** The path of a tool; undefined where there is none. */
export function findTool({ searchPath, platform }: ConditionsHost, name: string): string | undefined {
  return programPath(name, { PATH: searchPath }, platform);
}

const patienceMs = 5000;

/** What a tool prints. Undefined when it fails, or takes longer than five seconds. */
export function outputOf(path: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = start(path, args, patienceMs);
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.once('error', () => resolve(undefined));
    child.once('close', (code) => resolve(code === 0 ? text : undefined));
  });
}

/** A tool that prints on and on; `false` when it ended before its first line. */
export function streamLines(
  path: string,
  args: readonly string[],
  onLine: (line: string) => void,
): { first: Promise<boolean>; close(): void } {
  const child = start(path, args);
  let toldFirst: (came: boolean) => void = () => {};
  const first = new Promise<boolean>((resolve) => {
    toldFirst = resolve;
  });
  const tooLate = setTimeout(() => toldFirst(false), patienceMs);
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      onLine(line);
      toldFirst(true);
    });
  }
  child.once('error', () => toldFirst(false));
  child.once('close', () => toldFirst(false));
  return { first: first.finally(() => clearTimeout(tooLate)), close: () => void child.kill() };
}

/** Asks a tool again and again, never twice at a time. */
export function poll(
  path: string,
  args: readonly string[],
  everyMs: number,
  onOutput: (text: string) => void,
): { close(): void } {
  let asking = false;
  const timer = setInterval(async () => {
    if (asking) return;
    asking = true;
    const text = await outputOf(path, args);
    asking = false;
    if (text !== undefined) onOutput(text);
  }, everyMs);
  timer.unref();
  return { close: () => clearInterval(timer) };
}

function start(path: string, args: readonly string[], timeout?: number): ChildProcess {
  const child = spawn(path, [...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    windowsHide: true,
    ...(timeout === undefined ? {} : { timeout }),
  });
  child.unref();
  return child;
}

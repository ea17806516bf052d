/**
 * A source of the system monitor: files of the system, or a vendor's tool that runs in the background. All have one interface; a
 * source that is absent says why. The harness reads them, never the engine.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { programPath } from '../../command-line/program-path.ts';
import type { Clock } from '../../engine/clock.ts';
import type { Reading } from '../../log/records/certificate-records.ts';

/** The machine that sources read; a test has its own files and tools. */
export interface MonitorHost {
  readonly platform: NodeJS.Platform;
  /** Folder that contains proc and sys: `/` outside tests. */
  readonly root: string;
  /** Folders in which to look for the vendors' tools, in the format of PATH. */
  readonly searchPath: string;
  readonly isRoot: boolean;
  /** The process whose work, together with its descendants', counts as Tokenlap's own. */
  readonly pid: number;
  readonly now: Clock;
}

export interface MonitorSource {
  readonly name: string;
  /** Never throws: a source that cannot be read is absent, with the reason. */
  open(host: MonitorHost): Promise<Opened>;
}

type Opened = { readonly sampler: Sampler } | { readonly absent: string };

export interface Sampler {
  /** Interval between two readings, milliseconds. */
  readonly everyMs: number;
  /** Takes microseconds: reads short files, or the latest line of a tool that runs in the background. */
  read(): Reading;
  /** Ends the tools in the background. */
  close?(): void;
}

/** Interval for counters and short files. */
export const usualEveryMs = 500;
/** Interval for values that change slowly, or that have one file per core. */
export const slowEveryMs = 2000;

/** A source that reads short files; absent, for the given reason, where its first reading has nothing. */
export function fileSource(
  name: string,
  everyMs: number,
  absent: string,
  reader: (host: MonitorHost) => () => Reading | undefined,
): MonitorSource {
  return {
    name,
    async open(host) {
      const read = reader(host);
      return read() === undefined ? { absent } : { sampler: { everyMs, read: () => read() ?? {} } };
    },
  };
}

/** The machine that this process runs on. */
export function thisHost(now: Clock): MonitorHost {
  return {
    platform: process.platform,
    root: '/',
    searchPath: process.env.PATH ?? '',
    isRoot: process.getuid?.() === 0,
    pid: process.pid,
    now,
  };
}

// Tools of vendors: finding them, and running them in the background of a measurement.

/** Path of a tool; undefined when it is not found. */
export function findTool({ searchPath, platform }: MonitorHost, name: string): string | undefined {
  return programPath(name, { PATH: searchPath }, platform);
}

const patienceMs = 5000;

/** Output of a tool; undefined when it fails or takes longer than five seconds. */
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

/** Runs a tool that prints continuously; `first` is false when it ended before its first line. */
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

/** Runs a tool again and again, never twice at a time. */
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

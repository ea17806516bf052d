/**
 * A source of the system monitor: files of the system, or a vendor's tool. All have one interface; a source that is absent says
 * why. The harness reads them, never the engine.
 */
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

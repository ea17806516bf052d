/**
 * What a condition of the machine is read from: a file of the system or a vendor's tool. One interface for all; a source
 * that is not there says why. The harness reads them, never the engine.
 */
import type { Clock } from '../../engine/clock.ts';
import type { Reading } from '../../log/records/reading.ts';

/** Where sources look. Files and tools of a test lie in a folder of its own. */
export interface ConditionsHost {
  readonly platform: NodeJS.Platform;
  /** Where proc and sys hang: `/`, outside tests. */
  readonly root: string;
  /** Folders in which the vendors' tools are looked for, as in PATH. */
  readonly searchPath: string;
  readonly isRoot: boolean;
  /** The processes whose work is our own: this one with all that it started. */
  readonly pid: number;
  readonly now: Clock;
}

export interface ConditionSource {
  readonly name: string;
  /** Never throws: what cannot be read is absent, with the reason. */
  open(host: ConditionsHost): Promise<Opened>;
}

type Opened = { readonly sampler: Sampler } | { readonly absent: string };

export interface Sampler {
  /** How often it is worth reading. Milliseconds. */
  readonly everyMs: number;
  /** Microseconds of work: short files, or the latest line of a tool that runs beside. */
  read(): Reading;
  /** Ends what runs beside. */
  close?(): void;
}

/** Of counters and short files. */
export const usualEveryMs = 500;
/** Of what changes slowly, or has a file a core. */
export const slowEveryMs = 2000;

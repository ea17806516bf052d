/** What a prediction is about, measured or not: a model in a format, in a framework, on a device of a host. */
import type { Probe } from './probe.ts';
import type { Work } from './work.ts';

export interface Subject {
  hostname: string;
  device: string;
  threads: number | null;
  framework: string;
  /** Id of a known model, or the name of another. */
  model: string;
  quantize: string;
  probe: Probe;
  work: Work;
  /** Positions that a decoded token attends to on average. */
  positions: number;
  promptTokens: number;
  /** Tokens that are evaluated at once. */
  batchTokens: number;
  contextTokens: number;
}

/** A subject with what its runs gave. */
export interface Measured extends Subject {
  /** Runs behind the figures. */
  runs: number;
  decodeSeconds: number | null;
  prefillSeconds: number | null;
  memoryBytes: number | null;
}

export const hostOf = ({ hostname, device, threads }: Pick<Subject, 'hostname' | 'device' | 'threads'>): string =>
  JSON.stringify([hostname, device, threads]);

export function isSameHost(a: Parameters<typeof hostOf>[0], b: Parameters<typeof hostOf>[0]): boolean {
  return a.hostname === b.hostname && a.device === b.device && a.threads === b.threads;
}

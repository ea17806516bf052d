/** A record of a warm-up is the sum of what was done to become warm. */
import type { WarmUpRecord } from '../run-log-format.ts';
import type { LogWatch, WatchedRecord } from './log-watch.ts';

interface Work {
  tokens: number;
  ns: number;
}

/** Instants of a browser are fractions. */
const roundingNs = 1;

export function watchWarmUp(): LogWatch {
  let tries: Work[] = [];
  return {
    record(record) {
      if (record.type === 'warm_up') {
        const done = tries;
        tries = [];
        return warmUpFaults(record, done);
      }
      const work = workIn(record);
      if (work !== null) tries.push(work);
      return [];
    },
    end: () => [],
  };
}

function workIn(record: WatchedRecord): Work | null {
  if (!('phase' in record) || record.phase !== 'warmup') return null;
  switch (record.type) {
    case 'answer':
      return {
        tokens: Math.max(0, record.tokens - 1),
        ns: (record.lastTokenNs ?? 0) - (record.firstTokenNs ?? 0),
      };
    case 'kernel':
      return { tokens: record.tokens, ns: record.durationNs };
    case 'embedding':
      return { tokens: record.tokens, ns: record.endNs - record.submitNs };
    default:
      return record satisfies never;
  }
}

function warmUpFaults(record: WarmUpRecord, done: readonly Work[]): string[] {
  const name = record.label === undefined ? 'the warm-up' : `the warm-up of ${record.label}`;
  const tokens = done.reduce((sum, work) => sum + work.tokens, 0);
  const workNs = done.reduce((sum, work) => sum + work.ns, 0);
  const faults: string[] = [];
  if (record.tries !== done.length)
    faults.push(`claims ${record.tries} tries, but ${done.length} are logged before it`);
  else if (record.tokens !== tokens) faults.push(`claims ${record.tokens} tokens, and its tries have ${tokens}`);
  else if (Math.abs(record.workNs - workNs) > roundingNs * (done.length + 1)) {
    faults.push(`claims ${record.workNs} ns of work, and its tries took ${workNs} ns`);
  }
  if (record.durationNs < record.workNs) {
    faults.push(`took ${record.durationNs} ns, less than the ${record.workNs} ns of its work`);
  }
  return faults.map((fault) => `${name} ${fault}`);
}

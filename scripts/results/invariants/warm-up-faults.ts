/** A record of a warm-up is the sum of what was done to become warm. */
import type { WarmUpRecord } from '../../log/run-log-format.ts';
import type { LogWatch, WatchedRecord } from './log-watch.ts';

/** What one try of a warm-up was: tokens, and how long they took. */
export interface WarmUpWork {
  tokens: number;
  ns: number;
}

/** Instants of a browser are fractions. */
const roundingNs = 1;

/** @param workOf what a record of the phase `warmup` was; null for records of other work */
export function watchWarmUp(workOf: (record: WatchedRecord) => WarmUpWork | null): LogWatch {
  let tries: WarmUpWork[] = [];
  return {
    record(record) {
      if (record.type === 'warm_up') {
        const done = tries;
        tries = [];
        return warmUpFaults(record, done);
      }
      const work = 'phase' in record && record.phase === 'warmup' ? workOf(record) : null;
      if (work !== null) tries.push(work);
      return [];
    },
    end: () => [],
  };
}

function warmUpFaults(record: WarmUpRecord, done: readonly WarmUpWork[]): string[] {
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

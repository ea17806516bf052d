/** Records of a resource pool test whose figures are known: two levels, three cycles, one engine killed. */

import type { RunRecord } from '../../scripts/log/run-log-format.ts';
import type {
  PoolCycleRecord,
  PoolLevelRecord,
  PoolMemory,
  PoolRecoveryRecord,
  PoolRequestRecord,
} from '../../scripts/workloads/pool/records.ts';
import type { LogShape } from './log-factory.ts';

const second = 1e9;

/** Two engines of 100 MB, 40 MB of which are the same pages. */
const memory: PoolMemory = {
  residentBytes: 200e6,
  proportionalBytes: 160e6,
  uniqueBytes: 120e6,
  engineBytes: 60e6,
  meter: 'test',
};

export function level(change: Partial<PoolLevelRecord> = {}): PoolLevelRecord {
  return {
    type: 'pool_level',
    level: 0,
    kind: 'engines',
    concurrency: 2,
    engines: 2,
    sequences: 1,
    threads: 1,
    models: ['tiny-llama f16'],
    startNs: 10 * second,
    deadlineNs: 12 * second,
    endNs: 12.5 * second,
    memory,
    ...change,
  };
}

/** 100 ms to the first token, then ten tokens, one every 10 ms, nine of them after the first. */
export function request(change: Partial<PoolRequestRecord> = {}): PoolRequestRecord {
  const { startNs = 10 * second } = change;
  return {
    type: 'pool_request',
    of: 0,
    request: 0,
    worker: 0,
    model: 'tiny-llama f16',
    startNs,
    firstTokenNs: startNs + 0.1 * second,
    lastTokenNs: startNs + 0.19 * second,
    endNs: startNs + 0.2 * second,
    tokens: 10,
    tokensInTime: 10,
    attempts: 1,
    outcome: 'answered',
    failure: null,
    ...change,
  };
}

export function cycle(index: number, residentBytes: number): PoolCycleRecord {
  return {
    type: 'pool_cycle',
    cycle: index,
    loadNs: second,
    loaded: memory,
    unloaded: { ...memory, residentBytes, proportionalBytes: null, uniqueBytes: null, engineBytes: null },
  };
}

export function recovery(change: Partial<PoolRecoveryRecord> = {}): PoolRecoveryRecord {
  return {
    type: 'pool_recovery',
    fault: 'killed',
    engines: 2,
    sequences: 1,
    faultNs: 20 * second,
    goneNs: 20.05 * second,
    clearedNs: 20.05 * second,
    readyNs: 23.05 * second,
    answeredNs: 23.55 * second,
    sent: 3,
    note: 'one of 2 engines was killed',
    ...change,
  };
}

/** Two clients: one is answered and then meets the killed engine, the other's request is answered by the new one. */
export const recoveryRequests: readonly PoolRequestRecord[] = [
  request({ of: 'killed', request: 0, startNs: 19.75 * second }),
  request({
    of: 'killed',
    request: 1,
    worker: 1,
    startNs: 19.9 * second,
    firstTokenNs: 23.46 * second,
    lastTokenNs: 23.55 * second,
    endNs: 23.56 * second,
    attempts: 2,
    outcome: 'repeated',
    failure: 'killed (SIGKILL)',
  }),
  request({
    of: 'killed',
    request: 2,
    startNs: 19.95 * second,
    endNs: 20.05 * second,
    firstTokenNs: null,
    lastTokenNs: null,
    tokens: 0,
    tokensInTime: 0,
    outcome: 'failed',
    failure: 'killed (SIGKILL)',
  }),
];

export function poolLog(records: readonly RunRecord[]): LogShape {
  return { header: { workload: 'pool' }, answers: [], records };
}

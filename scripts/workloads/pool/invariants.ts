/** What must hold in every log of a resource pool test. */
import type { Header, RunStatus } from '../../log/run-log-format.ts';
import { askedNumber, type LogWatch, type WorkloadRules } from '../../results/invariants/log-watch.ts';
import type { PoolLevelRecord, PoolMemory, PoolRecord, PoolRequestRecord } from './records.ts';

export const rules: WorkloadRules = { ownEngines: true, watch: (header) => [watchPool(header)] };

function watchPool(header: Header): LogWatch {
  const maxTokens = askedNumber(header, 'maxTokens');
  const records: PoolRecord[] = [];
  return {
    record(record) {
      switch (record.type) {
        case 'pool_level':
        case 'pool_request':
        case 'pool_cycle':
        case 'pool_recovery':
          records.push(record);
          return [poolFault(record, maxTokens)];
        default:
          return [];
      }
    },
    end: (status) => poolRunFaults(records, header, status),
  };
}

/** Fault of one record; null when there is none. */
function poolFault(record: PoolRecord, maxTokens: number | undefined): string | null {
  switch (record.type) {
    case 'pool_level': {
      const { level, startNs, deadlineNs, endNs, memory } = record;
      if (deadlineNs <= startNs || endNs < startNs) return `level ${level} ends before it starts`;
      return memoryFault(`level ${level}`, memory);
    }
    case 'pool_request': {
      const fault = requestFault(record, maxTokens);
      return fault === null ? null : `request ${record.request} of ${record.of} ${fault}`;
    }
    case 'pool_cycle':
      return memoryFault(`cycle ${record.cycle}`, record.loaded);
    case 'pool_recovery': {
      const { fault, faultNs, goneNs, readyNs, answeredNs } = record;
      return ascends(faultNs, goneNs, readyNs, answeredNs) ? null : `recovery (${fault}): instants do not ascend`;
    }
    default:
      return record satisfies never;
  }
}

function requestFault(record: PoolRequestRecord, maxTokens = Number.POSITIVE_INFINITY): string | null {
  const { startNs, firstTokenNs, lastTokenNs, endNs, tokens, tokensInTime, arrivals = 0, outcome, attempts } = record;
  const hasInstants = firstTokenNs !== null && lastTokenNs !== null;
  if (tokens > maxTokens) return `has ${tokens} tokens of at most ${maxTokens}`;
  if (!ascends(startNs, firstTokenNs, lastTokenNs, endNs)) return 'has instants that do not ascend';
  if (tokens > 0 !== hasInstants)
    return `has ${tokens} tokens, and ${firstTokenNs === null ? 'no instant of them' : 'an instant of one'}`;
  if (arrivals > tokens) return `has ${tokens} tokens in ${arrivals} arrivals`;
  if (tokensInTime > tokens) return `has ${tokens} tokens, and ${tokensInTime} of them in time`;
  if (outcome === 'answered' && attempts !== 1) return `was answered at once, in ${attempts} attempts`;
  if (outcome === 'repeated' && attempts < 2) return 'was repeated in a single attempt';
  return null;
}

/** Whether no instant is before one that precedes it; null is left out. */
function ascends(...instants: ReadonlyArray<number | null>): boolean {
  const known = instants.filter((instant) => instant !== null);
  return known.every((instant, i) => instant >= (known[i - 1] ?? instant));
}

function memoryFault(name: string, { residentBytes, proportionalBytes, uniqueBytes }: PoolMemory): string | null {
  if (proportionalBytes !== null && proportionalBytes > residentBytes * rounding) {
    return `${name}: the proportional set size ${proportionalBytes} B is above the resident ${residentBytes} B`;
  }
  if (proportionalBytes !== null && uniqueBytes !== null && uniqueBytes > proportionalBytes * rounding) {
    return `${name}: the unique set size ${uniqueBytes} B is above the proportional ${proportionalBytes} B`;
  }
  return null;
}

/** They are read one after the other, and the kernel counts resident pages in batches. */
const rounding = 1.05;

/**
 * Requests of a level or a recovery are numbered without a hole, each has one record, and a client has one at a time; levels and cycles
 * are as many as were asked for.
 */
function poolRunFaults(records: readonly PoolRecord[], header: Header, status: RunStatus | null): string[] {
  const requests = records.filter((record) => record.type === 'pool_request');
  const levels = records.filter((record) => record.type === 'pool_level');
  const cycles = records.filter((record) => record.type === 'pool_cycle');
  const faults: string[] = [];
  // Its requests stand behind it, and a killed run has written as many as it could.
  const cutOff = status === null ? requestsOf(records.findLast((record) => requestsOf(record) !== null)) : null;
  for (const of of new Set(requests.map((request) => request.of))) {
    const own = requests.filter((request) => request.of === of);
    faults.push(...clientFaults(of, own, of === cutOff));
  }
  for (const { fault, sent } of records.filter((record) => record.type === 'pool_recovery')) {
    const recorded = new Set(requests.filter(({ of }) => of === fault).map(({ request }) => request)).size;
    if (recorded !== sent && fault !== cutOff)
      faults.push(`recovery (${fault}): ${sent} requests were sent, and ${recorded} are recorded`);
  }
  for (const [index, level] of levels.entries()) {
    faults.push(...levelFaults(level, index, requests, header, level.level === cutOff));
  }
  for (const [index, { cycle }] of cycles.entries()) {
    if (cycle !== index) faults.push(`cycle ${cycle} stands where cycle ${index} belongs`);
  }
  const { cycles: asked } = header.requested;
  if (status === 'completed' && typeof asked === 'number' && cycles.length !== asked) {
    faults.push(`${cycles.length} load cycles, and ${asked} were asked for`);
  }
  if (status === 'completed' && records.length === 0)
    faults.push('a completed pool test without a level, a cycle or a fault');
  return faults;
}

function levelFaults(
  { level, kind, concurrency, engines, sequences, models, startNs, deadlineNs, endNs }: PoolLevelRecord,
  index: number,
  requests: readonly PoolRequestRecord[],
  { requested: { secondsPerLevel } }: Header,
  isCutOff: boolean,
): string[] {
  const own = requests.filter(({ of }) => of === level);
  const atATime = kind === 'models' ? models.length : engines * sequences;
  const outside = own.find(
    (request) => request.startNs < startNs || request.endNs > endNs || request.startNs > deadlineNs,
  );
  const client = own.find(({ worker }) => worker >= concurrency);
  const faults: Array<string | false> = [
    level !== index && `stands where level ${index} belongs`,
    concurrency !== atATime && `has ${concurrency} answers at a time, of ${atATime}`,
    own.length === 0 && !isCutOff && 'has no request',
    typeof secondsPerLevel === 'number' &&
      Math.abs(deadlineNs - startNs - secondsPerLevel * 1e9) > 1 &&
      `lasts ${deadlineNs - startNs} ns, and ${secondsPerLevel} s were asked for`,
    outside !== undefined && `has request ${outside.request} outside of its time`,
    client !== undefined && `has a client ${client.worker}, of ${concurrency}`,
  ];
  return faults.filter((fault) => fault !== false).map((fault) => `level ${level} ${fault}`);
}

/** What the requests behind this record are of; null where none are. */
function requestsOf(record: PoolRecord | undefined): PoolRequestRecord['of'] | null {
  if (record?.type === 'pool_level') return record.level;
  return record?.type === 'pool_recovery' ? record.fault : null;
}

function clientFaults(
  of: PoolRequestRecord['of'],
  requests: readonly PoolRequestRecord[],
  isCutOff: boolean,
): string[] {
  const faults: string[] = [];
  const freeNs = new Map<number, number>();
  let next = 0;
  for (const { request, worker, startNs, endNs } of requests.toSorted((a, b) => a.request - b.request)) {
    const index = isCutOff ? Math.max(next, request) : next;
    next = index + 1;
    if (request < index) return [...faults, `request ${request} of ${of} has two records`];
    if (request > index) return [...faults, `request ${request} of ${of} stands where request ${index} belongs`];
    if (startNs < (freeNs.get(worker) ?? startNs)) {
      faults.push(
        `request ${request} of ${of} was sent by client ${worker} before it had the answer to the one before`,
      );
    }
    freeNs.set(worker, endNs);
  }
  return faults;
}

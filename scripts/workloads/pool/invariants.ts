/** What must hold in every log of a resource pool test. */

import type { Header, RunStatus } from '../../log/run-log-format.ts';
import { askedNumber, type LogWatch, type WorkloadRules } from '../../results/invariants/log-watch.ts';
import type { PoolLevelRecord, PoolRecord, PoolRequestRecord } from './records.ts';

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
          return [lengthFault(record, maxTokens), poolFault(record)];
        default:
          return [];
      }
    },
    end: (status) => poolRunFaults(records, header, status),
  };
}

function lengthFault(record: PoolRecord, maxTokens: number | undefined): string | null {
  if (record.type !== 'pool_request' || maxTokens === undefined || record.tokens <= maxTokens) return null;
  return `request ${record.request} of ${record.of} has ${record.tokens} tokens of at most ${maxTokens}`;
}

/** Fault of one record; null when there is none. */
function poolFault(record: PoolRecord): string | null {
  switch (record.type) {
    case 'pool_level': {
      const { level, startNs, deadlineNs, endNs, memory } = record;
      if (deadlineNs <= startNs || endNs < startNs) return `level ${level} ends before it starts`;
      return memoryFault(`level ${level}`, memory);
    }
    case 'pool_request': {
      const { of, request, startNs, firstTokenNs, lastTokenNs, endNs } = record;
      const { tokens, tokensInTime, arrivals, outcome, attempts } = record;
      const name = `request ${request} of ${of}`;
      const instants = [startNs, firstTokenNs ?? startNs, lastTokenNs ?? firstTokenNs ?? startNs, endNs];
      if (instants.some((instant, i) => instant < (instants[i - 1] ?? instant)))
        return `${name}: instants do not ascend`;
      if (tokens > 0 !== (firstTokenNs !== null && lastTokenNs !== null))
        return `${name}: ${tokens} tokens, and ${firstTokenNs === null ? 'no instant of them' : 'an instant of one'}`;
      if (arrivals !== undefined && arrivals > tokens) return `${name} has ${tokens} tokens in ${arrivals} arrivals`;
      if (tokensInTime > tokens) return `${name} has ${tokens} tokens, and ${tokensInTime} of them in time`;
      if (outcome === 'answered' && attempts !== 1) return `${name} was answered at once, in ${attempts} attempts`;
      if (outcome === 'repeated' && attempts < 2) return `${name} was repeated in a single attempt`;
      return null;
    }
    case 'pool_cycle':
      return memoryFault(`cycle ${record.cycle}`, record.loaded);
    case 'pool_recovery': {
      const { fault, faultNs, goneNs, readyNs, answeredNs } = record;
      const told = [faultNs, goneNs, readyNs, answeredNs].filter((instant) => instant !== null);
      if (told.some((instant, i) => instant < (told[i - 1] ?? instant)))
        return `recovery (${fault}): instants do not ascend`;
      return null;
    }
    default:
      return record satisfies never;
  }
}

function memoryFault(
  name: string,
  {
    residentBytes,
    proportionalBytes,
    uniqueBytes,
  }: { residentBytes: number } & Record<'proportionalBytes' | 'uniqueBytes', number | null>,
): string | null {
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
    faults.push(
      ...clientFaults(
        of,
        requests.filter((request) => request.of === of),
        of === cutOff,
      ),
    );
  }
  for (const { fault, sent } of records.filter((record) => record.type === 'pool_recovery')) {
    const told = new Set(requests.filter(({ of }) => of === fault).map(({ request }) => request)).size;
    if (told !== sent && fault !== cutOff)
      faults.push(`recovery (${fault}): ${sent} requests were sent, and ${told} are told of`);
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
  { requested }: Header,
  isCutOff: boolean,
): string[] {
  const faults: string[] = [];
  const own = requests.filter(({ of }) => of === level);
  const atATime = kind === 'models' ? models.length : engines * sequences;
  const { secondsPerLevel } = requested;
  if (level !== index) faults.push(`level ${level} stands where level ${index} belongs`);
  if (concurrency !== atATime) faults.push(`level ${level} has ${concurrency} answers at a time, of ${atATime}`);
  if (own.length === 0 && !isCutOff) faults.push(`level ${level} has no request`);
  if (typeof secondsPerLevel === 'number' && Math.abs(deadlineNs - startNs - secondsPerLevel * 1e9) > 1) {
    faults.push(`level ${level} lasts ${deadlineNs - startNs} ns, and ${secondsPerLevel} s were asked for`);
  }
  const outside = own.find(
    (request) => request.startNs < startNs || request.endNs > endNs || request.startNs > deadlineNs,
  );
  if (outside !== undefined) faults.push(`level ${level} has request ${outside.request} outside of its time`);
  const client = own.find(({ worker }) => worker >= concurrency);
  if (client !== undefined) faults.push(`level ${level} has a client ${client.worker}, of ${concurrency}`);
  return faults;
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

/** What must hold in every log of a resource pool test. */
import type { PoolRecord } from '../pool/pool-records.ts';

/** Fault of one record; null when there is none. */
export function poolFault(record: PoolRecord): string | null {
  switch (record.type) {
    case 'pool_level': {
      const { level, startNs, deadlineNs, endNs, memory } = record;
      if (deadlineNs <= startNs || endNs < startNs) return `level ${level} ends before it starts`;
      return memoryFault(`level ${level}`, memory);
    }
    case 'pool_request': {
      const { of, request, startNs, firstTokenNs, lastTokenNs, endNs, tokens, tokensInTime, outcome, attempts } =
        record;
      const name = `request ${request} of ${of}`;
      const instants = [startNs, firstTokenNs ?? startNs, lastTokenNs ?? firstTokenNs ?? startNs, endNs];
      if (instants.some((instant, i) => instant < (instants[i - 1] ?? instant)))
        return `${name}: instants do not ascend`;
      if (tokens > 0 !== (firstTokenNs !== null && lastTokenNs !== null))
        return `${name}: ${tokens} tokens, and ${firstTokenNs === null ? 'no instant of them' : 'an instant of one'}`;
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

/** Every request has exactly one record. */
export function poolRunFaults(records: readonly PoolRecord[]): string[] {
  const requests = records.filter((record) => record.type === 'pool_request');
  const seen = new Set<string>();
  const faults: string[] = [];
  for (const { of, request } of requests) {
    const key = `${of} ${request}`;
    if (seen.has(key)) faults.push(`request ${request} of ${of} has two records`);
    seen.add(key);
  }
  for (const { fault, sent } of records.filter((record) => record.type === 'pool_recovery')) {
    const told = new Set(requests.filter(({ of }) => of === fault).map(({ request }) => request)).size;
    if (told !== sent) faults.push(`recovery (${fault}): ${sent} requests were sent, and ${told} are told of`);
  }
  return faults;
}

import { sinceImport } from '../../log/figures/memory-figures.ts';
import type { CertificateRecord, ConditionsRecord } from '../../log/records/certificate-records.ts';
import type { Header, MemoryRecord } from '../../log/run-log-format.ts';
import type { LogWatch } from './log-watch.ts';

/** What must hold of the records about machine and model: the run quality, the samples it is made of, memory, the file. */

/** Sums of bytes that are read one after the other, while the kernel counts resident pages in batches. */
const memoryRounding = 1.05;
/** A browser is several processes that share pages. */
const sharedOften = 2;
/** Bits per weight are bytes over parameters, rounded by those who state them for MLC's files. */
const fileRounding = 1.01;

/** @param ownEngines see WorkloadRules */
export function watchMachine(header: Header, { ownEngines = false }: { ownEngines?: boolean }): LogWatch {
  const memory: MemoryRecord[] = [];
  let conditions = 0;
  let sampledNs = -1;
  let glancedNs = -1;
  let told = false;
  let lastPlace = -1;
  let busy: Busy | null = null;
  let loadEndNs: number | null = null;
  let loadedNs: number | null = null;
  const moments = new Set<MemoryRecord['moment']>();
  const counters = new Map<string, number>();
  return {
    record(record) {
      const faults = told ? [] : modelFaults(header);
      told = true;
      if (record.type === 'conditions') {
        conditions++;
        if (record.atNs <= sampledNs)
          faults.push(`a sample of the machine at ${record.atNs} ns is no later than the one before it`);
        sampledNs = record.atNs;
        faults.push(...counterFaults(record, counters));
        if (record.busyMsTotal !== undefined) {
          faults.push(...busyFaults(record.atNs, record.busyMsTotal, busy, header));
          busy = { atNs: record.atNs, ms: record.busyMsTotal };
        }
      }
      if (record.type === 'checkpoint' && record.name === 'model_load' && record.edge === 'end') {
        loadEndNs ??= record.atNs;
        if (loadedNs !== null && loadedNs < loadEndNs) faults.push(loadedTooEarly(loadedNs, loadEndNs));
        loadedNs = null;
      }
      if (record.type === 'memory') {
        memory.push(record);
        if (record.moment === 'loaded') loadedNs = record.atNs;
        if (loadedNs !== null && loadEndNs !== null) {
          if (loadedNs < loadEndNs) faults.push(loadedTooEarly(loadedNs, loadEndNs));
          loadedNs = null;
        }
        faults.push(...readingFaults(record, header, ownEngines));
        const place = momentOrder.indexOf(record.moment);
        if (place !== -1 && place < lastPlace)
          faults.push(`memory of "${record.moment}" is told behind that of "${momentOrder[lastPlace]}"`);
        lastPlace = Math.max(lastPlace, place);
        if (moments.has(record.moment) && !repeated.includes(record.moment))
          faults.push(`memory of "${record.moment}" is told twice`);
        moments.add(record.moment);
        // Peaks name an earlier instant.
        if (!record.moment.endsWith('peak')) {
          if (record.atNs <= glancedNs)
            faults.push(`memory of "${record.moment}" is no later (${record.atNs} ns) than the reading before it`);
          glancedNs = record.atNs;
        }
      }
      if (record.type === 'certificate') faults.push(...certificateFaults(record, conditions));
      return faults;
    },
    end: () => [memoryFault(memory)],
  };
}

function loadedTooEarly(loadedNs: number, loadEndNs: number): string {
  return `memory of "loaded" was read at ${loadedNs} ns, and the model was loaded at ${loadEndNs} ns`;
}

/** How a process grows up: readings of one moment stand behind those of the ones before it. */
const momentOrder: ReadonlyArray<MemoryRecord['moment']> = ['baseline', 'framework', 'loaded', 'end'];

/** Every warm-up ends in a moment of its own. */
const repeated: ReadonlyArray<MemoryRecord['moment']> = ['sample', 'warm'];

/** Ours are sums over processes, of which some end; stolen time may go back when a virtual machine moves. */
const mayShrink = ['ownMsTotal', 'stealMsTotal'];

/** What is counted since the machine was started only grows. */
function counterFaults(sample: ConditionsRecord, counters: Map<string, number>): string[] {
  return Object.entries(sample).flatMap(([name, value]) => {
    if (!name.endsWith('Total') || typeof value !== 'number' || mayShrink.includes(name)) return [];
    const before = counters.get(name) ?? value;
    counters.set(name, value);
    return value < before ? [`${name} is ${value}, and was ${before} in the sample before`] : [];
  });
}

interface Busy {
  atNs: number;
  ms: number;
}

/** Counters are read some time after the clock, count in steps of 10 ms, and processors may come and go. */
const busyRounding = 2;
const busySlackMs = 1000;

/** All processors together cannot have worked longer than they were there. */
function busyFaults(atNs: number, ms: number, before: Busy | null, { host }: Header): string[] {
  if (before === null || host.logicalCores === 0) return [];
  const mostMs = host.logicalCores * (((atNs - before.atNs) / 1e6) * busyRounding + busySlackMs);
  const workedMs = ms - before.ms;
  if (workedMs <= mostMs) return [];
  return [`${host.logicalCores} processors worked for ${workedMs} ms within ${(atNs - before.atNs) / 1e6} ms`];
}

function certificateFaults({ status, checks, samples }: CertificateRecord, conditions: number): string[] {
  const faults: string[] = [];
  const failed = checks.filter(({ verdict }) => verdict === 'failed').map(({ name }) => name);
  if (checks.length === 0) faults.push('the run quality has no checks');
  if (status === 'failed' && failed.length === 0) faults.push('the run quality failed, and none of its checks did');
  if (status !== 'failed' && failed.length > 0)
    faults.push(`the run quality ${status}, and its checks failed: ${failed.join(', ')}`);
  const twice = checks.find(({ name }, i) => checks.findIndex((other) => other.name === name) !== i);
  if (twice !== undefined) faults.push(`the run quality has the check ${twice.name} twice`);
  if (samples !== conditions)
    faults.push(`the run quality is made of ${samples} samples, and ${conditions} are logged before it`);
  return faults;
}

function readingFaults(record: MemoryRecord, { host }: Header, ownEngines: boolean): string[] {
  const { moment, residentBytes, anonymousBytes = 0, proportionalBytes = 0, uniqueBytes = 0 } = record;
  const parts = { anonymous: anonymousBytes, proportional: proportionalBytes, unique: uniqueBytes };
  const faults = Object.entries(parts)
    .filter(([, bytes]) => bytes > residentBytes * memoryRounding)
    .map(([name, bytes]) => `memory of "${moment}": ${bytes} B ${name}, of ${residentBytes} B resident`);
  // Processes share pages, and each counts them: the many of a pool may have more together than there is.
  if (!ownEngines && residentBytes > host.memoryBytes * sharedOften)
    faults.push(`memory of "${moment}": ${residentBytes} B resident, on a machine of ${host.memoryBytes} B`);
  return faults;
}

/** What is read of the weights cannot be more than the file has; a server's model has no file. */
function modelFaults({ model }: Header): string[] {
  const { fileBytes, weightBytesPerToken, parameters, activeParameters = parameters, effectiveBitsPerWeight } = model;
  const faults: string[] = [];
  if (activeParameters > parameters) faults.push(`${activeParameters} active parameters, of ${parameters}`);
  if (fileBytes === 0) return faults;
  if (weightBytesPerToken > fileBytes)
    faults.push(`a token reads ${weightBytesPerToken} B of weights, of a file of ${fileBytes} B`);
  if (weightBytesPerToken > ((parameters * effectiveBitsPerWeight) / 8) * fileRounding)
    faults.push(`a token reads ${weightBytesPerToken} B of ${parameters} weights of ${effectiveBitsPerWeight} bits`);
  if ((parameters * effectiveBitsPerWeight) / 8 > fileBytes * fileRounding) {
    faults.push(`${parameters} weights of ${effectiveBitsPerWeight} bits do not fit into a file of ${fileBytes} B`);
  }
  return faults;
}

/** The peak is the highest of all readings of load and inference by definition, and its upper bound is no lower. */
function memoryFault(memory: readonly MemoryRecord[]): string | null {
  const peak = memory.findLast((record) => record.moment === 'peak');
  if (peak === undefined) return null;
  if (peak.atMostBytes !== undefined && peak.atMostBytes < peak.residentBytes) {
    return `peak memory is ${peak.residentBytes} B and at most ${peak.atMostBytes} B`;
  }
  const above = sinceImport(memory).find(
    ({ moment, residentBytes }) => moment !== 'framework' && residentBytes > peak.residentBytes,
  );
  if (above === undefined) return null;
  return `peak memory is ${peak.residentBytes} B, below the ${above.residentBytes} B of "${above.moment}"`;
}

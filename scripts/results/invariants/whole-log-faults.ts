/**
 * What must hold of the log as a whole: the closing line is the last one, what belongs to another workload is not there, what every
 * completed run says is there, and no instant lies outside of the run. A run that failed or was stopped lacks parts by right.
 */
import { group } from 'd3-array';
import type { Header, MemoryRecord, RunRecord } from '../../log/run-log-format.ts';
import { rulesOf } from '../../workloads/invariants.ts';
import { workloadRecords } from '../../workloads/records.ts';
import type { LogWatch, WatchedRecord } from './log-watch.ts';

type RecordType = RunRecord['type'];

/** Records of work, by the workloads that write them. */
const writersOf = group(
  workloadRecords.flatMap(({ name, schemas }) => [
    ...schemas.map((schema): [RecordType, string] => [schema.shape.type.value, name]),
    ...(rulesOf(name).alsoWrites ?? []).map((type): [RecordType, string] => [type, name]),
  ]),
  ([type]) => type,
);

/** Moments of memory that every completed run has, where one engine does the work of the run. */
const momentsOfAll: ReadonlyArray<MemoryRecord['moment']> = ['baseline', 'framework', 'loaded', 'peak'];

/**
 * By how much the wall clock may have moved otherwise than the monotonic one: it is disciplined while a run goes on, by up to 500
 * parts in a million, and set to a rounded time by a step.
 */
const wallClockMs = 2000;
const wallClockShare = 0.001;

export function watchWholeLog(header: Header): LogWatch {
  const { workload } = header;
  const { once = [], result, ownEngines = false } = rulesOf(workload);
  const onceOnly: readonly RecordType[] = ['effective', 'certificate', ...once];
  const seen = new Map<RecordType, number>();
  const moments = new Set<MemoryRecord['moment']>();
  let latestNs = 0;
  let ended = false;

  const misplaced = (record: WatchedRecord): string | null => {
    const { type } = record;
    if (ended) return `a line of ${nameOf(type)} stands behind the closing line`;
    const writers = writersOf.get(type);
    if (writers !== undefined && !writers.some(([, name]) => name === workload)) {
      return seen.has(type) ? null : `a line of ${nameOf(type)} in a run of the workload ${workload}`;
    }
    if (writers !== undefined && !seen.has('effective') && !seen.has(type)) {
      return `a line of ${nameOf(type)} before the effective settings`;
    }
    return seen.has(type) && onceOnly.includes(type) ? `a second line of ${nameOf(type)}` : null;
  };

  return {
    record(record) {
      const faults: Array<string | null> = [misplaced(record)];
      seen.set(record.type, (seen.get(record.type) ?? 0) + 1);
      if (record.type === 'memory') moments.add(record.moment);
      const [first, last] = spanOf(record);
      if (first < 0) faults.push(`${nameOf(record.type)} at ${first} ns, before the run began`);
      latestNs = Math.max(latestNs, last);
      if (record.type === 'end') {
        ended = true;
        faults.push(wallClockFault(header, record));
        if (latestNs > record.atNs) {
          faults.push(`the run ends at ${record.atNs} ns, and has an instant of ${latestNs} ns`);
        }
      }
      return faults;
    },
    end(status) {
      if (status !== 'completed') return [];
      const missing = ownEngines ? [] : momentsOfAll.filter((moment) => !moments.has(moment));
      return [
        seen.has('effective') ? null : 'a completed run without effective settings',
        missing.length === 0 ? null : `a completed run without its memory: ${missing.join(', ')}`,
        result === undefined || seen.has(result) ? null : `a completed run without a line of ${nameOf(result)}`,
        certificateFault(seen, result),
      ];
    },
  };
}

/** Samples are there to be judged. */
function certificateFault(seen: ReadonlyMap<RecordType, number>, result: RecordType | undefined): string | null {
  const lacks = result !== undefined && seen.has(result) && seen.has('conditions') && !seen.has('certificate');
  return lacks ? 'a completed run whose machine was watched, without its run quality' : null;
}

function wallClockFault({ startedAt }: Header, end: Extract<RunRecord, { type: 'end' }>): string | null {
  const wallMs = Date.parse(end.endedAt) - Date.parse(startedAt);
  const ms = end.atNs / 1e6;
  if (Math.abs(wallMs - ms) <= wallClockMs + wallClockShare * ms) return null;
  return `the run took ${seconds(wallMs)} by the wall clock and ${seconds(ms)} by the monotonic one: the clock was set or the machine slept meanwhile, or the log was changed`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function nameOf(type: RecordType): string {
  return type.replaceAll('_', ' ');
}

/** Earliest and latest instant of a record, by the names that instants have; 0 where it has none. */
function spanOf(record: WatchedRecord): [firstNs: number, lastNs: number] {
  if ('atNs' in record) return [record.atNs, record.atNs];
  if (record.type === 'load_request') return [record.scheduledNs, record.endNs];
  if (!('startNs' in record)) return [0, 0];
  if ('endNs' in record) return [record.startNs, record.endNs];
  if ('durationNs' in record) return [record.startNs, record.startNs + record.durationNs];
  return [record.startNs, record.lastTokenNs ?? record.submitNs];
}

/** The benchmark itself: what this machine is, and what it can do at best. Every record is told as soon as it is known. */
import { oneLine } from '../command-line/errors.ts';
import type { Framework } from '../frameworks/framework.ts';
import type {
  FrameworkRecord,
  HardwareRecord,
  Machine,
  Measured,
  NotMeasured,
} from '../log/hardware/hardware-log-format.ts';
import { toldBytes } from '../results/hardware/last-cache.ts';
import { diskRead } from './disk-read.ts';
import { ceilingRequests, frameworkCeilings } from './framework-ceilings.ts';
import { frameworkDevices, recordOf } from './framework-devices.ts';
import type { FrameworkSurvey } from './framework-survey.ts';
import { startKernelPool } from './kernel-pool.ts';
import { readMachine } from './machine.ts';
import { arrayBytesFor, cacheBandwidth, memoryBandwidth, memoryBytesFor } from './memory-bandwidth.ts';
import { timing } from './timing.ts';
import { vectorArithmetic } from './vector-arithmetic.ts';

export interface HardwareBenchmark {
  frameworks: readonly Framework[];
  /** What is known of them already, with the one number of threads; absent: they are asked and measured now. */
  surveys?: readonly FrameworkSurvey[];
  /** Numbers of threads that the processor is measured with. */
  threads: readonly number[];
  /** On the disk that models are read from. */
  cacheFolder: string;
  write: (record: HardwareRecord) => void;
  stage: (label: string) => void;
  /** @throws once the person has asked to stop */
  checkInterrupted: () => void;
}

export async function measureHardware(benchmark: HardwareBenchmark): Promise<void> {
  const { threads, write, stage, checkInterrupted } = benchmark;
  const measuredOn = new Set<string>();
  const tell = (measured: readonly Measured[]) => {
    for (const each of measured) {
      measuredOn.add(each.device);
      write({ type: 'measurement', ...each });
    }
  };
  const begin = (label: string) => {
    checkInterrupted();
    stage(label);
  };

  begin('looking at this machine');
  const machine = await readMachine();
  write(machine);
  begin('timer and scheduling');
  tell(timing());
  await measureProcessor(machine, threads, begin, tell);
  begin('reading from the disk');
  tell(measureDisk(benchmark));

  const found = await askFrameworks(benchmark, begin, tell);
  for (const record of unmeasuredDevices(found, measuredOn)) write(record);
}

/** What each framework finds here; what its operators do at best is told and written. */
async function askFrameworks(
  { frameworks, surveys, threads, write }: HardwareBenchmark,
  begin: (label: string) => void,
  tell: (measured: readonly Measured[]) => void,
): Promise<FrameworkRecord[]> {
  if (surveys !== undefined) {
    for (const { measured, failures } of surveys) {
      tell(measured);
      for (const failure of failures) write(failure);
    }
    const known = surveys.map(({ framework, availability }) => recordOf(framework, availability));
    for (const record of known) write(record);
    return known;
  }
  const found = await frameworkDevices(frameworks, ({ title }) => begin(`devices of ${title}`));
  for (const record of found) write(record);
  for (const request of ceilingRequests(frameworks, found, threads)) {
    const { framework, device } = request;
    begin(`${framework.title} on ${device}, ${threadsText(request.threads)}`);
    const { measured, failure } = await frameworkCeilings(request);
    tell(measured);
    if (failure !== null) write(failure);
  }
  return found;
}

async function measureProcessor(
  machine: Machine,
  threads: readonly number[],
  begin: (label: string) => void,
  tell: (measured: readonly Measured[]) => void,
): Promise<void> {
  const arrayBytes = arrayBytesFor(toldBytes(machine, null), machine.memory.availableBytes);
  begin('filling memory');
  await using pool = await startKernelPool(Math.max(...threads), memoryBytesFor(arrayBytes));
  for (const count of threads) {
    begin(`memory bandwidth, ${threadsText(count)}`);
    tell(await memoryBandwidth(pool, arrayBytes, count));
    begin(`caches, ${threadsText(count)}`);
    tell(await cacheBandwidth(pool, arrayBytes, count));
    begin(`arithmetic, ${threadsText(count)}`);
    tell(await vectorArithmetic(pool, count));
  }
}

function measureDisk({ cacheFolder, write }: HardwareBenchmark): Measured[] {
  const missing = (reason: string) => write({ type: 'not_measured', what: 'disk_read', device: 'cpu', reason });
  try {
    const { measured, notMeasured } = diskRead(cacheFolder);
    if (notMeasured !== null) missing(notMeasured);
    return measured;
  } catch (error) {
    missing(oneLine(error));
    return [];
  }
}

/** Real devices that nothing could measure: no framework of those here runs single operators on them. */
function unmeasuredDevices(found: readonly FrameworkRecord[], measuredOn: ReadonlySet<string>): NotMeasured[] {
  const records: NotMeasured[] = [];
  for (const { title, devices } of found) {
    for (const { kind, software } of devices) {
      if (measuredOn.has(kind) || records.some(({ device }) => device === kind)) continue;
      const reason = software
        ? 'a software device: the processor emulates it'
        : `${title} offers it, but no framework here can run single operators on it`;
      records.push({ type: 'not_measured', what: 'bandwidth and arithmetic', device: kind, reason });
    }
  }
  return records;
}

function threadsText(threads: number): string {
  return threads === 1 ? 'one thread' : `${threads} threads`;
}

/** The hardware benchmark: facts and ceilings of this machine. Every record is written as soon as it is known. */
import { oneLine } from '../../command-line/errors.ts';
import type { Framework } from '../../frameworks/framework.ts';
import type {
  FrameworkRecord,
  HardwareRecord,
  Machine,
  Measured,
  NotMeasured,
} from '../../log/hardware/hardware-log-format.ts';
import { toldBytes } from '../../results/hardware/last-cache.ts';
import { readMachine } from '../facts/machine.ts';
import { diskRead } from './disk-read.ts';
import {
  ceilingRequests,
  type FrameworkSurvey,
  frameworkCeilings,
  frameworkDevices,
  recordOf,
} from './framework-survey.ts';
import { startLoopPool } from './loop-pool.ts';
import {
  arrayBytesFor,
  arraysOfTriad,
  cacheBandwidth,
  memoryBandwidth,
  memoryBytesFor,
  readBandwidth,
  vectorArithmetic,
} from './processor-ceilings.ts';
import { timing } from './timing.ts';

export interface HardwareBenchmark {
  frameworks: readonly Framework[];
  /** Earlier surveys, with the one number of threads; absent: probe and measure the frameworks now. */
  surveys?: readonly FrameworkSurvey[];
  /** Numbers of threads with which the processor is measured. */
  threads: readonly number[];
  /** Only what runs are compared with: no copy, no triad, no disk. */
  brief?: boolean;
  /** Folder on the disk that models are read from. */
  cacheFolder: string;
  write: (record: HardwareRecord) => void;
  stage: (label: string) => void;
  /** @throws once the user has asked to stop */
  checkInterrupted: () => void;
}

export async function measureHardware(benchmark: HardwareBenchmark): Promise<void> {
  const { threads, brief = false, write, stage, checkInterrupted } = benchmark;
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
  await measureProcessor(machine, { threads, brief }, begin, tell);
  if (!brief) {
    begin('reading from the disk');
    tell(measureDisk(benchmark));
  }

  const found = await askFrameworks(benchmark, begin, tell);
  for (const record of unmeasuredDevices(found, measuredOn)) write(record);
}

/** Finds the devices of each framework, and writes them with the ceilings of its operators. */
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
  { threads, brief }: { threads: readonly number[]; brief: boolean },
  begin: (label: string) => void,
  tell: (measured: readonly Measured[]) => void,
): Promise<void> {
  const arrayBytes = arrayBytesFor(toldBytes(machine, null), machine.memory.availableBytes);
  begin('filling memory');
  await using pool = await startLoopPool(Math.max(...threads), memoryBytesFor(arrayBytes, brief ? 1 : arraysOfTriad));
  for (const count of threads) {
    begin(`memory bandwidth, ${threadsText(count)}`);
    tell(await (brief ? readBandwidth : memoryBandwidth)(pool, arrayBytes, count));
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

/** Records the devices that nothing could measure, because no available framework runs single operators on them. */
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

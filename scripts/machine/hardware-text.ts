/** A hardware benchmark as people read it in the terminal. */
import { bytes, milliseconds, significant } from '../command-line/format.ts';
import { paint, table } from '../command-line/terminal.ts';
import type { HardwareLog } from '../log/hardware/hardware-log.ts';
import type { Machine, Measured, Quantity } from '../log/hardware/hardware-log-format.ts';
import { lastCacheOf } from '../results/hardware/last-cache.ts';
import { coresAndMemory } from './usable.ts';

export function hardwareText(log: HardwareLog): string {
  const { machine, header, frameworks, measurements, notMeasured } = log;
  return [
    paint('bold', 'This machine'),
    ...(machine === null ? [header.host.cpuModel] : machineLines(machine, header.host, measurements)),
    '',
    paint('bold', 'Devices that frameworks find'),
    ...frameworks.map(({ title, devices, missing }) =>
      missing === null
        ? `${title}: ${devices.map(({ kind, name, software }) => `${kind} (${name}${software ? ', emulated' : ''})`).join(', ')}`
        : `${title}: missing, ${missing.reason}`,
    ),
    '',
    paint('bold', 'What it can do'),
    ratesTable(measurements),
    '',
    paint('bold', 'Caches, reading'),
    cacheTable(measurements),
    '',
    ...timingLines(measurements),
    ...notMeasured.map(({ what, device, reason }) => `Not measured: ${what} (${device}): ${reason}`),
  ].join('\n');
}

function machineLines(
  machine: Machine,
  host: HardwareLog['header']['host'],
  measurements: readonly Measured[],
): string[] {
  const { caches, memory, gpus, system, virtual } = machine;
  const known = (value: number | null) => (value === null ? 'unknown' : bytes(value));
  const kind = memory.kind === null ? '' : ` of ${memory.kind}`;
  const speed = memory.megatransfersPerSecond === null ? '' : `, ${memory.megatransfersPerSecond} MT/s`;
  return [
    `${host.cpuModel}, ${host.logicalCores} logical processors, ${host.architecture}`,
    coresAndMemory(host),
    `caches: L1 ${known(caches.l1Data)} data, L2 ${known(caches.l2)}, L3 ${known(caches.l3)}; ${lastCacheText(machine, measurements)}`,
    `memory: ${bytes(memory.totalBytes)}${kind}${speed}, ${bytes(memory.availableBytes)} available`,
    ...(gpus.length === 0 ? ['no graphics hardware'] : gpus.map(gpuLine)),
    `${system.name} ${system.release}, kernel ${system.kernel}${virtual === null ? '' : `, virtual (${virtual})`}`,
    `power: ${machine.powerSource ?? 'no battery'}`,
  ];
}

function lastCacheText(machine: Machine, measurements: readonly Measured[]): string {
  const cache = lastCacheOf(machine, measurements, null);
  if (cache === null) return 'how large the last one is, neither the system nor the bandwidth tells';
  return cache.from === 'the system'
    ? `the last holds ${bytes(cache.fitsBytes)}`
    : `by the fall of the bandwidth the last holds ${bytes(cache.fitsBytes)} to ${bytes(cache.beyondBytes)}`;
}

function gpuLine({ name, memoryBytes, driver }: Machine['gpus'][number]): string {
  const memory = memoryBytes === null ? '' : `, ${bytes(memoryBytes)}`;
  return `${name}${memory}${driver === null ? '' : `, driver ${driver}`}`;
}

const titles: Readonly<Record<Quantity, string>> = {
  read_bandwidth: 'memory, read',
  copy_bandwidth: 'memory, copy',
  triad_bandwidth: 'memory, triad',
  f32_arithmetic: 'arithmetic, F32',
  f16_arithmetic: 'arithmetic, F16',
  int8_arithmetic: 'arithmetic, int8',
  disk_read: 'disk, read',
  cached_file_read: 'file in the system cache',
  timer_resolution: 'timer resolution',
  interruption: 'longest interruption of a running thread',
  wake_up_delay: 'longest delay of a wake-up',
};

/** Main memory, arithmetic and disk: the best of each, whichever method it came from. */
function ratesTable(measurements: readonly Measured[]): string {
  const largest = largestWorkingSet(measurements);
  const shown = measurements.filter(
    ({ unit, quantity, workingSetBytes }) =>
      unit !== 'ns' && (quantity !== 'read_bandwidth' || workingSetBytes === null || workingSetBytes === largest),
  );
  const rows = shown.map((each) => [
    titles[each.quantity],
    each.device,
    each.threads === null ? '' : String(each.threads),
    inUnit(each.value, each.unit),
    inUnit(each.median, each.unit),
    each.method,
  ]);
  return table(['', 'device', 'threads', 'best', 'median', 'with'], rows, 'llrrrl', {
    dropFirst: ['median', 'device'],
  });
}

function cacheTable(measurements: readonly Measured[]): string {
  const reads = measurements.filter(
    ({ quantity, device, workingSetBytes }) =>
      quantity === 'read_bandwidth' && device === 'cpu' && workingSetBytes !== null,
  );
  const threads = [...new Set(reads.map((read) => read.threads ?? 1))].sort((a, b) => a - b);
  const sets = [...new Set(reads.map((read) => read.workingSetBytes ?? 0))].sort((a, b) => a - b);
  const at = (set: number, count: number) =>
    reads.find(({ workingSetBytes, threads: used }) => workingSetBytes === set && used === count);
  return table(
    ['working set', ...threads.map((count) => (count === 1 ? 'one thread' : `${count} threads`))],
    sets.map((set) => [
      `${significant(set / 2 ** 20)} MiB`,
      ...threads.map((count) => {
        const found = at(set, count);
        return found === undefined ? '' : inUnit(found.value, found.unit);
      }),
    ]),
  );
}

function timingLines(measurements: readonly Measured[]): string[] {
  return measurements
    .filter(({ unit }) => unit === 'ns')
    .map(({ quantity, value, method }) => `${titles[quantity]}: ${inUnit(value, 'ns')} (${method})`);
}

function largestWorkingSet(measurements: readonly Measured[]): number {
  const reads = measurements.filter(({ quantity }) => quantity === 'read_bandwidth');
  return Math.max(0, ...reads.map(({ workingSetBytes }) => workingSetBytes ?? 0));
}

function inUnit(value: number, unit: Measured['unit']): string {
  switch (unit) {
    case 'B/s':
      return `${significant(value / 1e9)} GB/s`;
    case 'FLOP/s':
      return `${significant(value / 1e9)} GFLOP/s`;
    case 'op/s':
      return `${significant(value / 1e9)} Gop/s`;
    case 'ns':
      return value < 1000 ? `${significant(value)} ns` : milliseconds(value / 1e6);
    default:
      return unit satisfies never;
  }
}

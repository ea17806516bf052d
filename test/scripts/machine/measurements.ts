/** Figures of a hardware benchmark, and whole logs of one. */
import type {
  HardwareHeader,
  HardwareRecord,
  Machine,
  Measured,
  Quantity,
} from '../../../scripts/log/hardware/hardware-log-format.ts';
import type { Host } from '../../../scripts/log/records/host-record.ts';

export function measuredRate(quantity: Quantity, value: number, overrides: Partial<Measured> = {}): Measured {
  return {
    quantity,
    device: 'cpu',
    threads: 2,
    workingSetBytes: null,
    unit: quantity.endsWith('bandwidth') ? 'B/s' : 'FLOP/s',
    value,
    median: value * 0.9,
    samples: 10,
    method: 'paper',
    ...overrides,
  };
}

export function measuredRead(value: number, overrides: Partial<Measured> = {}): Measured {
  return measuredRate('read_bandwidth', value, overrides);
}

export const aHost: Host = {
  hostname: 'host',
  username: 'someone',
  anonymized: false,
  platform: 'linux',
  release: '6.1',
  architecture: 'x64',
  cpuModel: 'Test CPU',
  physicalCores: 2,
  logicalCores: 4,
  memoryBytes: 8e9,
  gpus: [],
  node: '20.20.2',
};

export function hardwareHeader(overrides: Partial<HardwareHeader> = {}): HardwareHeader {
  return {
    type: 'header',
    schema: 'tokenlap.hardware/1',
    uuid: '10000000-0000-4000-8000-000000000001',
    startedAt: '2026-03-01T12:00:00.000Z',
    tokenlap: '0.1.0',
    command: ['tsx', 'scripts/hardware-benchmark.ts'],
    host: aHost,
    ...overrides,
  };
}

/** A complete benchmark of a machine with a cache of 250 kB. */
export function hardwareRecords(
  overrides: Partial<HardwareHeader>,
  measured: readonly Measured[],
  machine: Partial<Machine> = {},
): HardwareRecord[] {
  return [
    hardwareHeader(overrides),
    {
      type: 'machine',
      processor: { vendor: 'Test', brand: 'CPU', sockets: 1, gigahertz: null },
      caches: { l1Data: 65_536, l1Instruction: 65_536, l2: null, l3: 250_000 },
      memory: {
        totalBytes: 8e9,
        availableBytes: 7e9,
        swapBytes: 0,
        kind: null,
        megatransfersPerSecond: null,
        modules: 1,
      },
      gpus: [],
      system: { name: 'Debian', release: '12', kernel: '6.1' },
      virtual: null,
      powerSource: null,
      ...machine,
    },
    ...measured.map((each) => ({ type: 'measurement' as const, ...each })),
    { type: 'end', status: 'completed', durationMs: 20_000 },
  ];
}

export function linesOfHardware(records: readonly HardwareRecord[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

import { describe, expect, it } from 'vitest';
import { collateAll } from '../../collate/incremental/collate-all.ts';
import { readTable } from '../../collate/tables/read.ts';
import type { HardwareHeader, Machine, Measured } from '../../scripts/log/hardware/hardware-log-format.ts';
import { type RunRow, runsTable } from '../../scripts/results/runs/runs.ts';
import { hardwareTable } from '../../scripts/results/tables-made-anew.ts';
import type { KernelRecord } from '../../scripts/workloads/kernel/records.ts';
import {
  aHost,
  hardwareRecords,
  linesOfHardware,
  measuredRate,
  measuredRead,
} from '../scripts/machine/measurements.ts';
import type { LogShape } from './log-factory.ts';
import { outputFolder, tablesOf } from './output-folder.ts';
import { header } from './run-records.ts';

const uuid = (number: number) => `10000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** Reading the memory: 1 GB/s; F32: 1 GFLOP/s. */
const slow = [
  measuredRead(1e9, { workingSetBytes: 100_000_000 }),
  measuredRead(0.5e9, { workingSetBytes: 1_000_000 }),
  measuredRate('f32_arithmetic', 1e9),
];

type Folder = ReturnType<typeof outputFolder>;

function benchmark(
  folder: Folder,
  number: number,
  overrides: Partial<HardwareHeader> = {},
  measured: readonly Measured[] = slow,
  machine: Partial<Machine> = {},
) {
  const records = hardwareRecords({ uuid: uuid(number), ...overrides }, measured, machine);
  folder.file(`hardware/host_uuid${uuid(number)}.txt`, linesOfHardware(records));
}

/** 100 tokens/s, prompt 20 tokens in 40 ms; weights of 1 MB a token (500 000 parameters), 1000 B a position. */
async function rowOf(folder: Folder, shape: LogShape = {}): Promise<RunRow> {
  folder.log(shape);
  await collateAll({ output: folder.path });
  const [row] = readTable(folder.path, runsTable);
  if (row === undefined) throw new Error('no row');
  return row;
}

describe('a run under the ceilings of its host', () => {
  it('says what bounds a prompt from 128 tokens on', async () => {
    const boundAt = async (promptTokens: number) => {
      const folder = outputFolder();
      benchmark(folder, 1);
      return (await rowOf(folder, { answers: [{ answer: { promptTokens } }] })).prefill_bound;
    };
    expect(await boundAt(127)).toBeNull();
    expect(await boundAt(128)).toBe('arithmetic');
  });

  it('has MBU, MFU, the work behind them and what bounds it', async () => {
    const folder = outputFolder();
    benchmark(folder, 1);
    const row = await rowOf(folder);
    // 20 prompt tokens, and of the two tokens decoded the first attends to 21 positions, the second to 22.
    const bytes = 1_000_000 + 1000 * 21.5;
    expect(row).toMatchObject({
      hardware_uuid: uuid(1),
      working_set_bytes: bytes,
      bandwidth_ceiling_gb_s: 0.5,
      bandwidth_level: 'memory',
      bandwidth_working_set_bytes: 1_000_000,
      arithmetic_ceiling_gflop_s: 1,
      arithmetic_numbers: 'f32',
      decode_bound: 'memory',
      // 20 tokens of a prompt are bound by neither.
      prefill_bound: null,
      roofline_flags: null,
      roofline_note: null,
    });
    expect(row.memory_throughput_gb_s).toBeCloseTo((bytes * 100) / 1e9, 9);
    expect(row.mbu).toBeCloseTo((bytes * 100) / 0.5e9, 9);
    expect(row.decode_gflop_s).toBeCloseTo((2 * 500_000 * 100) / 1e9, 9);
    expect(row.decode_flop_per_byte).toBeCloseTo(1_000_000 / bytes, 9);
    // 20 tokens in 40 ms are 500 tokens/s.
    expect(row.prefill_gflop_s).toBeCloseTo(0.5, 9);
    expect(row.prefill_flop_per_byte).toBeCloseTo(20, 9);
    expect(row.mfu).toBeCloseTo(0.5, 9);
  });

  it('uses the bytes of the weights as they lie in memory', async () => {
    const folder = outputFolder();
    benchmark(folder, 1, {}, [measuredRead(1e9, { workingSetBytes: 100_000 })]);
    const weights = { format: 'float32', bitsPerWeight: 32, bytesPerToken: 2_000_000 };
    const row = await rowOf(folder, { effective: { weights } });
    expect(row.working_set_bytes).toBe(2_000_000 + 21_500);
    // Twice the bytes, the same arithmetic.
    expect(row.decode_flop_per_byte).toBeCloseTo(1_000_000 / 2_021_500, 9);
  });

  it('takes the rates of the kernel workload, tg over the positions it fills', async () => {
    const folder = outputFolder();
    benchmark(folder, 1);
    const kernel = (test: 'pp' | 'tg', tokens: number, durationNs: number): KernelRecord => ({
      type: 'kernel',
      test,
      repetition: 0,
      phase: 'measured',
      tokens,
      depth: 0,
      startNs: 0,
      durationNs,
    });
    const row = await rowOf(folder, {
      header: { workload: 'kernel' },
      answers: [],
      records: [kernel('pp', 128, 256e6), kernel('tg', 31, 310e6)],
    });
    expect(row.working_set_bytes).toBe(1_000_000 + 1000 * 16);
    expect(row.memory_throughput_gb_s).toBeCloseTo(0.1016, 9);
    expect(row.param_throughput_gb_s).toBeCloseTo(0.1, 9);
    expect(row.mfu).toBeCloseTo((2 * 500_000 * 500) / 1e9, 9);
    expect(row.prefill_flop_per_byte).toBeCloseTo(128, 9);
  });

  it.each([
    ['a share over 1 is a fault', 0.05e9, 1_000_000, 'above_bandwidth_ceiling'],
    ['a share far below is a suspected fallback', 50e9, 1_000_000, 'decode_far_below_ceiling'],
  ])('%s, flagged and warned of', async (_, perSecond, workingSetBytes, flag) => {
    const folder = outputFolder();
    benchmark(folder, 1, {}, [measuredRead(perSecond, { workingSetBytes })]);
    const row = await rowOf(folder);
    expect(row.roofline_flags).toBe(flag);
    expect(row.warnings?.split(';')).toContain(flag);
  });

  it('a model that says how many of its parameters are active is taken at its word, and a state is read with the weights', async () => {
    const folder = outputFolder();
    benchmark(folder, 1);
    const mixture = { ...header(1, 'llamacpp').model, activeParameters: 125_000 };
    const row = await rowOf(folder, { header: { model: mixture }, effective: { stateBytes: 8000 } });
    const bytes = 1_000_000 + 1000 * 21.5 + 8000;
    expect(row).toMatchObject({ active_parameters: 125_000, working_set_bytes: bytes });
    expect(row.mfu).toBeCloseTo((2 * 125_000 * 500) / 1e9, 9);
    expect(row.memory_throughput_gb_s).toBeCloseTo((bytes * 100) / 1e9, 9);
  });

  it('a model in the last cache is flagged as that, without doubt about the run', async () => {
    const folder = outputFolder();
    benchmark(folder, 1);
    const small = { ...header(1, 'llamacpp').model, weightBytesPerToken: 100_000 };
    const row = await rowOf(folder, { header: { model: small } });
    expect(row).toMatchObject({
      bandwidth_level: 'cache',
      bandwidth_ceiling_gb_s: 0.5,
      roofline_flags: 'fits_in_cache',
    });
    expect(row.warnings).toBeNull();
  });

  it('on a machine that hides its caches is not said to be bound by the memory, nor suspected of a fallback', async () => {
    const folder = outputFolder();
    const machine = { l1Data: null, l1Instruction: null, l2: null, l3: null, last: null };
    // 1 MB at 100 tokens/s is 0.1 GB/s: a fiftieth of what was read at that size.
    benchmark(
      folder,
      1,
      {},
      [measuredRead(5e9, { workingSetBytes: 1_000_000 }), measuredRate('f32_arithmetic', 1e12)],
      {
        caches: machine,
      },
    );
    const row = await rowOf(folder);
    expect(row).toMatchObject({
      bandwidth_ceiling_gb_s: 5,
      bandwidth_level: null,
      decode_bound: null,
      prefill_bound: null,
      roofline_flags: null,
      warnings: null,
    });
    expect(row.mbu).toBeCloseTo(0.02, 2);
  });

  it.each([
    [128, 'prefill_far_below_ceiling'],
    [127, null],
  ])('a kernel test of %i prompt tokens at a twentieth of the arithmetic: %s', async (tokens, flags) => {
    const folder = outputFolder();
    benchmark(folder, 1, {}, [
      measuredRead(0.5e9, { workingSetBytes: 1_000_000 }),
      measuredRate('f32_arithmetic', 1e10),
    ]);
    const kernel = (test: 'pp' | 'tg', count: number, durationNs: number): KernelRecord => ({
      ...{ type: 'kernel', test, repetition: 0, phase: 'measured', depth: 0, startNs: 0 },
      tokens: count,
      durationNs,
    });
    // 500 prompt tokens/s of 500 000 parameters are 0.5 GFLOP/s.
    const records = [kernel('pp', tokens, (tokens / 500) * 1e9), kernel('tg', 31, 310e6)];
    const row = await rowOf(folder, { header: { workload: 'kernel' }, answers: [], records });
    expect(row.mfu).toBeCloseTo(0.05, 9);
    expect(row.roofline_flags).toBe(flags);
  });

  it('with threads that were not measured has no share, and what to run is said', async () => {
    const folder = outputFolder();
    benchmark(folder, 1);
    const row = await rowOf(folder, { effective: { settings: { threads: 3 } } });
    expect(row).toMatchObject({ mbu: null, mfu: null, decode_bound: null, roofline_flags: null });
    expect(row.roofline_note).toBe(
      'the hardware benchmark measured nothing with 3 threads; it does with hardware-benchmark.ts --threads 3',
    );
  });

  it('arithmetic above its ceiling is a fault too', async () => {
    const folder = outputFolder();
    benchmark(folder, 1, {}, [...slow.slice(0, 2), measuredRate('f32_arithmetic', 0.4e9)]);
    expect((await rowOf(folder)).roofline_flags).toBe('above_arithmetic_ceiling');
  });
});

describe('the benchmark that a run is held against', () => {
  const startOfRun = Date.parse(header(1, 'llamacpp').startedAt);
  const hoursFromRun = (hours: number) => new Date(startOfRun + hours * 3_600_000).toISOString();

  it('is the closest in time, before or after', async () => {
    const folder = outputFolder();
    benchmark(folder, 1, { startedAt: hoursFromRun(-5) });
    benchmark(folder, 2, { startedAt: hoursFromRun(3) });
    expect((await rowOf(folder)).hardware_uuid).toBe(uuid(2));
  });

  it('is one of several numbers of threads before a closer one of a single number', async () => {
    const folder = outputFolder();
    benchmark(folder, 1, { startedAt: hoursFromRun(-5) }, [...slow, measuredRead(1e9, { threads: 1 })]);
    benchmark(folder, 2, { startedAt: hoursFromRun(0) }, [measuredRead(1e9, { threads: 1 })]);
    expect((await rowOf(folder)).hardware_uuid).toBe(uuid(1));
  });

  it.each([
    ['more than a day away', { startedAt: hoursFromRun(-25) }],
    ['of another host', { host: { ...aHost, hostname: 'other' } }],
    ['of another processor', { host: { ...aHost, cpuModel: 'Other CPU' } }],
  ])('is none %s: no share, and the reason', async (_, overrides) => {
    const folder = outputFolder();
    benchmark(folder, 1, overrides);
    const row = await rowOf(folder);
    expect(row).toMatchObject({ hardware_uuid: null, mbu: null, mfu: null, bandwidth_ceiling_gb_s: null });
    expect(row.roofline_note).toBe('no hardware benchmark of this host within a day of the run');
    expect(row.memory_throughput_gb_s).toBeGreaterThan(0);
  });

  it('has nothing to say of a device that it did not measure', async () => {
    const folder = outputFolder();
    benchmark(folder, 1);
    const row = await rowOf(folder, { effective: { device: 'cuda' } });
    expect(row).toMatchObject({ mbu: null, mfu: null, roofline_flags: null });
    expect(row.roofline_note).toBe('the hardware benchmark measured nothing on cuda');
  });

  it('may come after the run was collated: only then is its row made again, and once', async () => {
    const folder = outputFolder();
    expect((await rowOf(folder)).mbu).toBeNull();
    benchmark(folder, 1);
    const second = await collateAll({ output: folder.path });
    expect(second.logs).toMatchObject({ redone: 1, unchanged: 0 });
    expect(readTable(folder.path, runsTable)).toHaveLength(1);
    expect(readTable(folder.path, runsTable)[0]?.mbu).toBeGreaterThan(0);
    const tables = tablesOf(folder.path);
    const third = await collateAll({ output: folder.path });
    expect(third.logs).toMatchObject({ redone: 0, unchanged: 1 });
    expect(tablesOf(folder.path)).toEqual(tables);
    benchmark(folder, 2, { startedAt: hoursFromRun(20) });
    expect((await collateAll({ output: folder.path })).logs).toMatchObject({ redone: 0, unchanged: 1 });
  });

  it('is a table of its own, and no run', async () => {
    const folder = outputFolder();
    benchmark(folder, 1);
    await rowOf(folder);
    const rows = readTable(folder.path, hardwareTable);
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatchObject({
      uuid: uuid(1),
      quantity: 'read_bandwidth',
      value: 1e9,
      last_cache_bytes: 250_000,
      last_cache_from: 'the system',
    });
  });

  it('a file among them that is none is reported', async () => {
    const folder = outputFolder();
    folder.log();
    folder.file('hardware/notes.txt', 'bought in March\n');
    const { problems } = await collateAll({ output: folder.path });
    expect(problems).toMatchObject([{ log: 'hardware/notes.txt', kind: 'foreign' }]);
  });
});

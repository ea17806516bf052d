import { describe, expect, it } from 'vitest';
import { roofline } from '../../plots/charts/roofline.ts';
import { plotData } from '../../plots/data/plot-data.ts';
import { rooflinePanels } from '../../plots/data/roofline.ts';
import { placeLabels, widthOf } from '../../plots/panels/label-places.ts';
import { nameLines } from '../../plots/panels/roofline-ceilings.ts';
import { roofline as section } from '../../plots/report/sections/speed.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { HardwareRow } from '../../scripts/results/tables-made-anew.ts';
import { drawChart, inputOf, pictureOf } from './drawn.ts';
import { completedRun } from './row-factory.ts';

const uuid = '10000000-0000-4000-8000-000000000001';

function measured(quantity: string, value: number, working_set_bytes: number | null = null): HardwareRow {
  return {
    uuid,
    measured_at: '2026-11-20T10:00:00.000Z',
    status: 'completed',
    hostname: 'box-1',
    cpu_model: 'CPU',
    last_cache_bytes: 32e6,
    last_cache_from: 'the system',
    quantity,
    device: 'cpu',
    threads: 2,
    working_set_bytes,
    value,
    median: value,
    unit: 'B/s',
    samples: 9,
    method: 'paper',
    log: 'hardware/log.txt',
  };
}

const hardware = [
  measured('read_bandwidth', 32e9, 128e6),
  measured('read_bandwidth', 120e9, 1e6),
  measured('f32_arithmetic', 178e9),
  measured('int8_arithmetic', 356e9),
];

/** Decodes at the given share of 32 GB/s. */
function runAt(mbu: number, overrides: Partial<RunRow> = {}): RunRow {
  return completedRun({
    hardware_uuid: uuid,
    working_set_bytes: 143_000_000,
    bandwidth_ceiling_gb_s: 32,
    bandwidth_level: 'memory',
    mbu,
    decode_gflop_s: 32 * mbu * 1.88,
    decode_flop_per_byte: 1.88,
    decode_bound: 'memory',
    arithmetic_ceiling_gflop_s: 356,
    arithmetic_numbers: 'int8',
    prefill_gflop_s: 356 * 0.3,
    prefill_flop_per_byte: 120,
    mfu: 0.3,
    prefill_bound: 'arithmetic',
    ...overrides,
  });
}

const textOf = (svg: string) => [...svg.matchAll(/<text[^>]*>(.*?)<\/text>/gs)].map(([, words]) => words).join(' | ');

describe('the roofline', () => {
  it('shows ceilings and shares, with units on both axes', async () => {
    const picture = await drawChart(roofline, plotData([runAt(0.71)], { hardware }));
    const text = textOf(picture?.svg ?? '');
    expect(text).toContain('Arithmetic per byte read (FLOP/byte, logarithmic)');
    expect(text).toContain('Arithmetic (GFLOP/s, logarithmic)');
    for (const words of [
      'memory 32.0 GB/s',
      'F32 178 GFLOP/s',
      'int8 356 Gop/s',
      'llamacpp Q8_0 71 %',
      'llamacpp Q8_0 30 %',
    ]) {
      expect(text).toContain(words);
    }
    expect(text).toContain('llamacpp Q8_0 decodes at 71 % of the memory bandwidth of its host');
  });

  it('takes the geometric mean over runs, and keeps workloads, hosts and settings apart', () => {
    const runs = [
      runAt(0.6),
      runAt(0.8),
      runAt(0.5, { framework: 'onnx' }),
      runAt(0.5, { workload: 'kernel' }),
      runAt(0.5, { hostname: 'box-2' }),
    ];
    const panels = rooflinePanels(runs, hardware);
    expect(panels.map(({ hostname, workload }) => [hostname, workload])).toEqual([
      ['box-1', 'qa'],
      ['box-1', 'kernel'],
      ['box-2', 'qa'],
    ]);
    const decode = panels[0]?.points.filter(({ phase }) => phase === 'decode');
    expect(decode?.map(({ framework, runs: count }) => [framework, count])).toEqual([
      ['llamacpp', 2],
      ['onnx', 1],
    ]);
    expect(decode?.[0]?.utilization).toBeCloseTo(Math.sqrt(0.6 * 0.8), 9);
  });

  it('draws the roof of the threads that the runs had: each point lies below its line by the share that is told', () => {
    const one = [
      { ...measured('read_bandwidth', 22.4e9, 128e6), threads: 1 },
      { ...measured('f32_arithmetic', 89e9), threads: 1 },
    ];
    // 40 % of what one thread reads is 28 % of what two do.
    const runs = [
      runAt(0.4, { threads: 1, bandwidth_ceiling_gb_s: 22.4, decode_gflop_s: 22.4 * 0.4 * 1.88 }),
      runAt(0.6, { threads: 2 }),
      runAt(0.5, {
        bandwidth_level: 'cache',
        bandwidth_ceiling_gb_s: 120,
        bandwidth_working_set_bytes: 1e6,
        threads: 2,
      }),
    ];
    const panels = rooflinePanels(runs, [...hardware, ...one]);
    expect(panels.map(({ threads }) => threads)).toEqual([1, 2]);
    const bandwidths = panels.map(({ ceilings }) =>
      ceilings.filter(({ kind }) => kind === 'bandwidth').map(({ label, value }) => [label, value]),
    );
    expect(bandwidths).toEqual([
      [['memory', 22.4]],
      [
        ['memory', 32],
        ['cache', 120],
      ],
    ]);
    const [point] = panels[0]?.points ?? [];
    expect((point?.gigaflops ?? 0) / ((point?.flopPerByte ?? 0) * 22.4)).toBeCloseTo(point?.utilization ?? 0, 9);
    expect(point?.utilization).toBeCloseTo(0.4, 9);
  });

  it('leaves narrow numbers out that are no faster than F32', () => {
    const slow = [...hardware, measured('f16_arithmetic', 2e9)];
    const labels = rooflinePanels([runAt(0.5)], slow)[0]?.ceilings.map(({ label }) => label);
    expect(labels).toEqual(['memory', 'F32', 'int8']);
  });

  it("calls nothing memory that was read with arrays below STREAM's rule, or where the cache is not known", () => {
    const runs = [runAt(0.5, { bandwidth_level: null, bandwidth_working_set_bytes: 2 ** 27, decode_bound: null })];
    const hidden = hardware.map((row) => ({ ...row, last_cache_bytes: null }));
    expect(rooflinePanels(runs, hidden)[0]?.ceilings[0]).toEqual({
      kind: 'bandwidth',
      label: 'reading',
      readBytes: 2 ** 27,
      value: 32,
    });
    expect(rooflinePanels(runs, hidden)[0]?.ceilings.map(({ label }) => label)).not.toContain('memory');
    const large = hardware.map((row) => ({ ...row, last_cache_bytes: 64e6 }));
    expect(rooflinePanels(runs, large)[0]?.ceilings.map(({ label }) => label)).not.toContain('memory');
  });

  it('gives weight classes panels of their own once there are many points', () => {
    const many = ['a', 'b', 'c', 'd'].flatMap((framework) =>
      [
        { quantize: 'Q8_0', weight_class: '8-bit' },
        { quantize: 'F16', weight_class: '16-bit' },
      ].map((format) => runAt(0.5, { framework, ...format })),
    );
    expect(rooflinePanels(many, hardware).map(({ weightClass }) => weightClass)).toEqual(['16-bit', '8-bit']);
  });

  it('names ceilings that lie on each other side by side, and great ones in tera units', async () => {
    const alike = [...hardware, measured('f16_arithmetic', 178.2e9), measured('int8_arithmetic', 20e12)];
    const picture = await drawChart(roofline, plotData([runAt(0.71)], { hardware: alike }));
    const leftOf = (words: string) =>
      Number(new RegExp(`translate\\(([\\d.]+),[\\d.]+\\)[^>]*>${words}<`).exec(picture?.svg ?? '')?.[1]);
    const [first, second] = [leftOf('F32 178 GFLOP/s'), leftOf('F16 178 GFLOP/s')].sort((a, b) => a - b);
    expect((second ?? Number.NaN) - (first ?? Number.NaN)).toBeGreaterThan(widthOf('F32 178 GFLOP/s'));
    expect(textOf(picture?.svg ?? '')).toContain('int8 20.0 Top/s');
  });

  it('without a hardware benchmark says what to run', () => {
    const gap = roofline.draw(plotData([completedRun()]));
    expect(gap).toMatchObject({ kind: 'gap', command: expect.stringContaining('hardware-benchmark.ts') });
  });
});

it('names of lines stand beside their own line, on no other name, line or point', () => {
  const line = (text: string, from: number, to: number) => ({
    text,
    from: { x: 0, y: from },
    to: { x: 600, y: to },
  });
  const lines = [line('cache', 200, 0), line('memory', 290, 90), line('f32', 60, 60), line('f16', 61, 61)];
  const points = [{ x: 560, y: 50 }];
  const names = nameLines(lines, points, { width: 600, height: 300 });
  const boxes = names.map(({ x, y, text }) => ({ left: x, right: x + widthOf(text), top: y - 7, bottom: y + 7 }));
  for (const [i, box] of boxes.entries()) {
    const crossed = boxes.filter(
      (other, j) =>
        j !== i && other.left < box.right && box.left < other.right && other.top < box.bottom && box.top < other.bottom,
    );
    expect(crossed).toEqual([]);
    const { from, to } = lines[i] ?? line('', 0, 0);
    const heightAt = (x: number) => from.y + ((to.y - from.y) * x) / 600;
    const middle = (box.left + box.right) / 2;
    // It stands beside its own.
    const own = Math.abs(heightAt(middle) - (names[i]?.y ?? 0));
    expect(own).toBeLessThan(25);
    expect(points.some(({ x, y }) => x > box.left && x < box.right && y > box.top && y < box.bottom)).toBe(false);
  }
});

describe('labels beside points', () => {
  it('cover neither each other nor points nor lines, and stay inside', () => {
    const points = Array.from({ length: 12 }, (_, i) => ({
      x: 200 + (i % 3) * 9,
      y: 60 + i * 11,
      text: `framework ${i}`,
    }));
    const texts = [{ x: 250, y: 100, text: 'memory 32 GB/s' }];
    const line = [
      { x: 0, y: 200 },
      { x: 400, y: 0 },
    ] as const;
    const placed = placeLabels(points, { width: 500, height: 300 }, { texts, lines: [line] });
    const boxes = placed.flatMap((label, i) =>
      label === null
        ? []
        : [{ left: label.x, right: label.x + widthOf(points[i]?.text ?? ''), top: label.y - 6, bottom: label.y + 6 }],
    );
    expect(boxes.length).toBeGreaterThan(9);
    for (const [i, box] of boxes.entries()) {
      expect(box.left >= 0 && box.right <= 500 && box.top >= 0 && box.bottom <= 300).toBe(true);
      for (const other of boxes.slice(i + 1)) {
        expect(
          box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom,
        ).toBe(false);
      }
      for (const { x, y } of points) {
        expect(x > box.left && x < box.right && y > box.top && y < box.bottom).toBe(false);
      }
    }
  });
});

it('a point that found no room for its label gets its turn before the others', () => {
  const points = [
    { x: 164.3, y: 264.8, text: 'pytorch f16 as float32, f32 activations, KV f32 33 %' },
    { x: 447.4, y: 202.3, text: 'pytorch f16 as float32, f32 activations, KV f32 32 %' },
    { x: 164.3, y: 256.8, text: 'onnx f16 as float32, f32 activations, KV f32 38 %' },
    { x: 447.4, y: 162.4, text: 'onnx f16 as float32, f32 activations, KV f32 ≥ 63 %' },
    { x: 227.8, y: 253.9, text: 'llamacpp f16, f16 activations, KV f16 20 %' },
    { x: 510.9, y: 206, text: 'llamacpp f16, f16 activations, KV f16 30 %' },
  ];
  const texts = [{ x: 100.6, y: 70.5, text: 'cache 73.6 to 74.0 GB/s (2.00 to 4.00 MiB)' }];
  const line = (fromX: number, fromY: number, toX: number, toY: number) =>
    [
      { x: fromX, y: fromY },
      { x: toX, y: toY },
    ] as const;
  const lines = [
    line(0, 305.6, 388.2, 54.4),
    line(56.8, 330, 482.8, 54.4),
    line(264.3, 134.6, 638, 134.6),
    line(388.2, 54.4, 638, 54.4),
  ];
  const placed = placeLabels(points, { width: 638, height: 330 }, { texts, lines });
  expect(placed.filter((label) => label === null)).toEqual([]);
});

describe('the report says what limits each framework', () => {
  const sentences = (...runs: RunRow[]) => JSON.stringify(section.blocks(inputOf(plotData(runs, { hardware }))));

  it('at least that share, where the prefill rate is a lower bound', () => {
    const bounded = runAt(0.71, { prefill_is_lower_bound: true });
    expect(sentences(bounded)).toContain('reaches ≥ 30 % of the measured');
    expect(sentences(bounded)).not.toContain('≥ 71 %');
    expect(JSON.stringify(pictureOf(roofline, plotData([bounded], { hardware })).table)).toContain('≥ 30 %');
    expect(sentences(runAt(0.71))).not.toContain('≥');
  });

  it('the memory, or the arithmetic', () => {
    const said = sentences(runAt(0.71));
    expect(said).toContain('llamacpp Q8_0: decoding is bound by the memory and uses 71 % of its 32.0 GB/s.');
    expect(said).toContain('the prompt is bound by arithmetic and reaches 30 % of the measured 356 Gop/s in int8.');
  });

  it('nothing of the two, where nobody knows how large the cache is', () => {
    const said = sentences(runAt(0.02, { bandwidth_level: null, decode_bound: null, prefill_bound: null }));
    expect(said).toContain('llamacpp Q8_0: decoding uses 2.0 % of the 32.0 GB/s that were measured at its size.');
    expect(said).not.toMatch(/bound by|fallback|memory/);
  });

  it('the prompt by its own rule: a slow decoding is no doubt about it', () => {
    const said = sentences(runAt(0.03, { roofline_flags: 'decode_far_below_ceiling', mfu: 0.03 }));
    expect(said).toContain('llamacpp Q8_0, decode: only 3.0 % of its ceiling. Suspect a fallback');
    expect(said).not.toContain('prefill: only');
    expect(said).toMatch(/the prompt is bound by arithmetic and reaches 3\.0 % of the measured 356 Gop\/s in int8\./);
  });

  it('a working set that the cache holds in part', () => {
    const said = sentences(runAt(0.5, { bandwidth_level: 'mixed', decode_bound: 'mixed', working_set_bytes: 40e6 }));
    expect(said).toContain('reads 40.0 MB a token, more than the last cache holds, but less than four times as much');
  });

  it('a cache', () => {
    const run = runAt(0.5, {
      bandwidth_level: 'cache',
      bandwidth_ceiling_gb_s: 120,
      decode_bound: 'cache',
      working_set_bytes: 3.5e6,
    });
    expect(sentences(run)).toContain('reads 3.50 MB a token, which fit into the last cache: the memory is no limit');
  });

  it('what cannot be true, and what may be a fallback', () => {
    expect(sentences(runAt(1.2, { roofline_flags: 'above_bandwidth_ceiling' }))).toContain('is a measurement error');
    expect(sentences(runAt(0.03, { roofline_flags: 'decode_far_below_ceiling' }))).toContain('Suspect a fallback');
    expect(sentences(runAt(0.5))).not.toMatch(/fault|fallback/);
  });

  it('why there is no share', () => {
    const run = completedRun({
      decode_gflop_s: 12,
      roofline_note: 'no hardware benchmark of this host within a day of the run',
    });
    expect(sentences(run)).toContain('1 run has no share of a ceiling: no hardware benchmark');
  });
});

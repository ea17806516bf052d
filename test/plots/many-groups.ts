/**
 * A crowded comparison, as a large sweep makes it: fourteen frameworks, some with long names and settings of their own,
 * in three quantisations on three hosts, with failed runs, a failed parity, a software device and a ceiling for each host.
 */

import { type PlotData, plotData } from '../../plots/data/plot-data.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { HardwareRow } from '../../scripts/results/tables-made-anew.ts';
import { measuredRow } from '../collate/measured-row.ts';
import { parityRun } from './parity-factory.ts';
import { latenciesOf, shapedRuns } from './row-factory.ts';

const manyFrameworks = [
  'llamacpp',
  'pytorch',
  'tinygrad',
  'hybrid',
  'onnx',
  'mlc',
  'openai',
  'an-inference-server-with-a-long-name',
  'vendor.accelerated-runtime/nightly',
  'executorch',
  'candle',
  'burn',
  'ggml-fork',
  'mistral.rs',
] as const;

const hosts = ['workstation-with-a-long-hostname.example.org', 'box-1', 'box-2'];

/** What tells some of them from the others. */
const settings: Readonly<Record<string, Partial<RunRow>>> = {
  pytorch: { activations: 'f32', kv_type: 'f32', resident_format: 'float32', resident_bits_per_weight: 32 },
  hybrid: { activations: 'f32', kv_type: 'f32', warnings: 'hybrid_fallback' },
  onnx: { activations: 'f32', kv_type: 'f32', prefill_is_lower_bound: true },
  openai: { prefill_is_lower_bound: true, warnings: 'chunks_of_several_tokens' },
  mlc: { comparable: false, warnings: 'software_device' },
  burn: { threads: 1 },
};

let made: PlotData | undefined;

/** The same object for everyone, whose pictures are drawn once. */
export function manyGroups(): PlotData {
  made ??= makeManyGroups();
  return made;
}

function makeManyGroups(): PlotData {
  const rows = shapedRuns({ frameworks: manyFrameworks, quantizations: ['F16', 'Q8_0', 'Q4_0'], hosts, runs: 3 }).map(
    (run): RunRow => measuredRow({ ...run, activations: 'f16', ...settings[run.framework ?? ''], ...roofOf(run) }),
  );
  const judged = rows
    .filter(({ iteration, framework }) => iteration === 0 && ['llamacpp', 'candle', 'burn'].includes(framework ?? ''))
    .map((run, i) =>
      parityRun(
        { ...run, workload: 'parity', uuid: `p${i}` },
        run.framework === 'candle' ? { distance: 60, divergesAt: 3, gap: 4.2 } : {},
      ),
    );
  const failed = rows
    .filter(({ iteration, framework }) => iteration === 2 && framework === 'executorch')
    .map(
      (run, i): RunRow => ({
        ...run,
        uuid: `f${i}`,
        status: 'failed',
        error: 'out of memory: the engine asked for 48.3 GB, and 24.0 GB are there',
        remedy: 'Take a smaller model, a narrower quantisation or a shorter context.',
      }),
    );
  const all = [...rows, ...judged, ...failed];
  return plotData(all, { latencies: latenciesOf(rows), hardware: hosts.flatMap(ceilingsOf) });
}

const uuidOf = (hostname: string) => `10000000-0000-4000-8000-00000000000${hosts.indexOf(hostname)}`;
const bandwidth = 38e9;
const arithmetic = 240e9;

/** Shares of the ceilings that follow from the rates, so that every framework has its place below the roof. */
export function roofOf(run: RunRow): Partial<RunRow> {
  const bytes = run.model_bytes ?? 1;
  const rate = run.decode_tokens_per_s ?? 0;
  const share = Math.min(0.97, (bytes * rate) / bandwidth / 3);
  const intensity = (2 * 134.5e6) / bytes;
  const mfu = Math.min(0.9, 0.5 * share + 0.05);
  return {
    hardware_uuid: uuidOf(run.hostname ?? ''),
    working_set_bytes: bytes,
    bandwidth_ceiling_gb_s: bandwidth / 1e9,
    bandwidth_level: 'memory',
    mbu: share,
    decode_gflop_s: (share * bandwidth * intensity) / 1e9,
    decode_flop_per_byte: intensity,
    decode_bound: 'memory',
    arithmetic_ceiling_gflop_s: arithmetic / 1e9,
    arithmetic_numbers: 'F32',
    prefill_gflop_s: (arithmetic * mfu) / 1e9,
    prefill_flop_per_byte: intensity * 40,
    mfu,
    prefill_bound: 'arithmetic',
  };
}

export function ceilingsOf(hostname: string): HardwareRow[] {
  const figure = (quantity: string, value: number, bytes: number | null, unit: string): HardwareRow => ({
    uuid: uuidOf(hostname),
    measured_at: '2026-11-20T09:00:00.000Z',
    status: 'completed',
    hostname,
    cpu_model: 'AMD EPYC 7B13',
    last_cache_bytes: 32e6,
    last_cache_from: 'the system',
    quantity,
    device: 'cpu',
    threads: 2,
    working_set_bytes: bytes,
    value,
    median: value,
    unit,
    samples: 9,
    method: 'best of nine',
    log: 'hardware/log.txt',
  });
  return [
    figure('read_bandwidth', bandwidth, 128e6, 'B/s'),
    figure('read_bandwidth', 3.1 * bandwidth, 1e6, 'B/s'),
    figure('f32_arithmetic', arithmetic, null, 'FLOP/s'),
    figure('int8_arithmetic', 1.7 * arithmetic, null, 'op/s'),
  ];
}

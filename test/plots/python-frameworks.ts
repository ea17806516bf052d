/**
 * A comparison as the suite makes it: one framework that runs the file's own formats, one that dequantises them at load,
 * two that hand their work to the device ahead of time, parity runs of all of them, and one that is not there.
 */
import { addToSketch, emptySketch, type LatencySketch } from '../../plots/data/latency.ts';
import { type PlotData, plotData } from '../../plots/data/plot-data.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { seededRandom } from '../../scripts/statistics/seeded-random.ts';
import { divergedQuestion, parityRun } from './parity-factory.ts';
import { completedRun, latenciesOf } from './row-factory.ts';

const float32 = {
  precision: 'float32',
  compile: false,
  device_count: 1,
  shard: 'layers',
  resident_format: 'float32',
  resident_bits_per_weight: 32,
};

const frameworks: Array<{ settings: Partial<RunRow>; tokensPerSecond: Record<string, number> }> = [
  { settings: { framework: 'llamacpp' }, tokensPerSecond: { F16: 61, Q8_0: 112, Q4_0: 171 } },
  {
    settings: { framework: 'pytorch', framework_version: '2.6.0', ...float32 },
    tokensPerSecond: { F16: 24.1, Q8_0: 23.8, Q4_0: 23.6 },
  },
  {
    settings: {
      framework: 'tinygrad',
      framework_version: '0.13.0',
      ...float32,
      resident_format: 'float16',
      resident_bits_per_weight: 16,
      kernel_cache_kernels: 214,
      kernel_cache_bytes: 3.1e6,
      kernel_cache_hits: 180,
      kernel_cache_new_kernels: 34,
      jit_kernels: 97,
      jit_compilation_ms: 3480,
    },
    tokensPerSecond: { F16: 33, Q8_0: 32, Q4_0: 31.2 },
  },
  {
    settings: {
      framework: 'hybrid',
      framework_version: '2.6.0 + 0.13.0',
      ...float32,
      shared_bytes: 538e6,
      copied_bytes: 4e6,
      fallback_tokens: 12,
    },
    tokensPerSecond: { F16: 29, Q8_0: 28.4, Q4_0: 28 },
  },
];

/** Enqueuing engines, and the share of a step that it takes them. */
const enqueueShares: Record<string, number> = { tinygrad: 0.11, hybrid: 0.34 };

export function pythonComparison(): PlotData {
  const random = seededRandom(5);
  const rows: RunRow[] = [];
  const uuid = () => `${String(rows.length).padStart(8, '0')}-0000-4000-8000-000000000000`;
  for (const quantize of ['F16', 'Q8_0', 'Q4_0']) {
    for (const { settings, tokensPerSecond } of frameworks) {
      const { framework } = settings;
      const fails = framework === 'hybrid' && quantize === 'Q4_0';
      const judge = parityRun(
        { ...settings, quantize, uuid: uuid() },
        fails
          ? { distance: 6, divergesAt: 3, gap: 1.37 }
          : {
              distance: framework === 'llamacpp' ? 1 : 0.2,
              ...(quantize === 'Q4_0' ? { divergesAt: 24, gap: 0.4 } : {}),
            },
      );
      rows.push(judge);
      for (let iteration = 0; iteration < 7; iteration++) {
        const rate = (tokensPerSecond[quantize] ?? 1) * (1 + (random() - 0.5) * 0.04);
        const read =
          ((settings.resident_bits_per_weight ?? (quantize === 'F16' ? 16 : quantize === 'Q8_0' ? 8.5 : 4.5)) *
            134.5e6) /
          8;
        rows.push(
          completedRun(
            {
              ...settings,
              quantize,
              iteration,
              seed: 1,
              uuid: uuid(),
              param_throughput_gb_s: (read * rate) / 1e9,
              memory_throughput_gb_s: (read * 1.04 * rate) / 1e9,
              peak_rss_bytes: Math.round(read + 300e6),
              output_sha256: framework === 'llamacpp' && quantize !== 'F16' ? 'ab' : 'cd',
            },
            rate,
          ),
        );
      }
    }
  }
  rows.push(parityRun({ quantize: 'F32', uuid: uuid() }, { self: true }));
  const nf4 = {
    ...frameworks[1]?.settings,
    quantize: 'nf4',
    quantize_asked: 'F16',
    weight_class: '4-bit',
    bits_per_weight: 16,
    model_bytes: 269_030_016,
    precision: 'nf4',
    resident_format: 'nf4 in blocks of 64',
    resident_bits_per_weight: 4.5,
  };
  rows.push(parityRun({ ...nf4, uuid: uuid() }, { distance: 2.2, divergesAt: 11, gap: 0.61 }));
  for (let iteration = 0; iteration < 7; iteration++) {
    rows.push(completedRun({ ...nf4, iteration, uuid: uuid() }, 9.4 + random() / 5));
  }
  rows.push(
    completedRun({
      framework: 'mlc',
      status: 'missing',
      error: 'no Chromium with WebGPU was found',
      remedy: 'Install Chromium, or name one with CHROME_PATH.',
      device: null,
      uuid: uuid(),
    }),
  );
  const latencies = latenciesOf(rows);
  return plotData(rows, {
    latencies,
    enqueueLatencies: enqueueLatenciesOf(rows),
    parity: rows.flatMap((run) =>
      run.parity_first_divergence === null
        ? []
        : [
            divergedQuestion(run),
            divergedQuestion(run, {
              question_id: 'seasons',
              question: 'Why do we have seasons?',
              divergence_position: 31,
              equal_tokens: 31,
              divergence_reference_gap: 0.11,
              divergence_token: 97,
            }),
          ],
    ),
  });
}

function enqueueLatenciesOf(rows: readonly RunRow[]): Map<string, LatencySketch> {
  const random = seededRandom(13);
  const latencies = new Map<string, LatencySketch>();
  for (const { framework, workload, uuid, tpot_ms } of rows) {
    const share = enqueueShares[framework ?? ''];
    if (share === undefined || workload !== 'qa' || uuid === null || tpot_ms === null) continue;
    const sketch = emptySketch();
    for (let i = 0; i < 630; i++)
      addToSketch(sketch, tpot_ms * share * (0.9 + 0.2 * random() + (i % 50 === 0 ? random() : 0)));
    latencies.set(uuid, sketch);
  }
  return latencies;
}

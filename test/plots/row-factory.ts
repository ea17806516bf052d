/** Rows as collate/ would write them, made up in memory with a seed: what charts and report are tested on. */
import { addToSketch, emptySketch, type LatencySketch } from '../../plots/data/latency.ts';
import { type PlotData, plotData } from '../../plots/data/plot-data.ts';
import type { TypedValues } from '../../scripts/command-line/shell-line.ts';
import { type RunRow, runColumns } from '../../scripts/results/runs/runs.ts';
import { isRow } from '../../scripts/results/table.ts';
import { seededRandom } from '../../scripts/statistics/seeded-random.ts';
import { measuredRow } from '../collate/measured-row.ts';

const nothing: Record<string, null> = Object.fromEntries(runColumns.map((column) => [column.name, null]));
if (!isRow(nothing, runColumns)) throw new Error('a row without figures is a row');
const empty: RunRow = nothing;

const formats: Record<string, { weightClass: string; bits: number; speed: number }> = {
  F32: { weightClass: '32-bit', bits: 32, speed: 0.5 },
  F16: { weightClass: '16-bit', bits: 16, speed: 1 },
  Q8_0: { weightClass: '8-bit', bits: 8.5, speed: 1.9 },
  Q4_0: { weightClass: '4-bit', bits: 4.5, speed: 3.2 },
};

export interface Shape {
  frameworks: readonly string[];
  quantizations: readonly string[];
  hosts?: readonly string[];
  devices?: readonly string[];
  runs: number;
  seed?: number;
}

/** One completed run of the question workload; every figure follows from the decode rate. */
export function completedRun(overrides: Partial<RunRow> = {}, tokensPerSecond = 50): RunRow {
  const quantize = overrides.quantize ?? 'Q8_0';
  const { weightClass, bits } = formats[quantize] ?? { weightClass: '8-bit', bits: 8.5 };
  const parameters = 134_515_008;
  const modelBytes = Math.round((parameters * bits) / 8);
  return measuredRow({
    ...empty,
    uuid: '00000000-0000-4000-8000-000000000000',
    status: 'completed',
    started_at: '2026-11-20T10:00:00.000Z',
    session: 'session-1',
    iteration: 0,
    framework: 'llamacpp',
    framework_version: '3.22.0',
    framework_build: 'cpu haswell',
    workload: 'qa',
    algorithm: 'llama',
    model: 'smollm2-135m',
    model_source: 'downloaded',
    synthetic: false,
    size: '135M',
    size_class: 'small',
    parameters,
    quantize_asked: quantize,
    quantize,
    weight_class: weightClass,
    bits_per_weight: bits,
    model_bytes: modelBytes,
    model_sha256: 'ab'.repeat(32),
    device: 'cpu',
    device_name: 'AMD EPYC 7B13',
    comparable: true,
    threads: 2,
    gpu_layers: 0,
    context_tokens: 512,
    batch_tokens: 512,
    flash_attention: 'off',
    kv_type: 'f16',
    seed: 1,
    max_tokens: 64,
    temperature: 0,
    hostname: 'box-1',
    username: 'someone',
    platform: 'linux',
    release: '6.1.0',
    cpu_model: 'AMD EPYC 7B13',
    physical_cores: 2,
    memory_bytes: 24e9,
    usable_cores: 2,
    usable_cores_bound_by: 'physical cores',
    usable_memory_bytes: 24e9,
    answers: 10,
    warmup_answers: 4,
    prompt_tokens: 400,
    generated_tokens: 640,
    ttft_ms: 4000 / tokensPerSecond,
    ttft_cold_ms: 9000 / tokensPerSecond,
    tpot_ms: 1000 / tokensPerSecond,
    decode_tokens_per_s: tokensPerSecond,
    prefill_tokens_per_s: tokensPerSecond * 5.7,
    prefill_is_lower_bound: false,
    e2e_ms: 70_000 / tokensPerSecond,
    e2e_mean_ms: 70_000 / tokensPerSecond,
    e2e_tokens_per_s: tokensPerSecond * 0.9,
    itl_count: 630,
    itl_p50_ms: 1000 / tokensPerSecond,
    itl_p95_ms: 1100 / tokensPerSecond,
    itl_p99_ms: 1400 / tokensPerSecond,
    itl_max_ms: 2000 / tokensPerSecond,
    engine_start_ms: 42,
    framework_import_ms: 310,
    tokenizer_load_ms: 12.5,
    model_load_ms: 820,
    warmup_ms: 2400,
    baseline_rss_bytes: 48e6,
    loaded_rss_bytes: 48e6 + modelBytes,
    peak_rss_bytes: 90e6 + modelBytes,
    model_memory_bytes: modelBytes,
    device_memory_bytes: modelBytes + 8e6,
    memory_meter: '/proc smaps_rollup',
    param_throughput_gb_s: (modelBytes * tokensPerSecond) / 1e9,
    memory_throughput_gb_s: (modelBytes * 1.04 * tokensPerSecond) / 1e9,
    correct: 7,
    questions: 10,
    correct_questions: 7,
    judged_questions: 10,
    judged: 10,
    output_sha256: 'cd'.repeat(32),
    warnings: '',
    log: 'raw/llamacpp/box-1_135M_Q8_0_seed1_uuid0.txt',
    script: scripts[overrides.workload ?? 'qa'] ?? 'scripts/benchmark.ts',
    ...askedOptions({ frameworks: overrides.framework ?? 'llamacpp', quantize }),
    ...overrides,
  });
}

const scripts: Record<string, string> = {
  parity: 'scripts/parity.ts',
  accuracy: 'scripts/verifiers-sweep.ts',
  load: 'scripts/openai-benchmark.ts',
};

/** As collate/ keeps what was asked of a run, by names of options. */
export function askedOptions(values: TypedValues): Pick<RunRow, 'asked_options'> {
  return { asked_options: JSON.stringify({ size: '135M', seed: 1, threads: 2, maxTokens: 64, ...values }) };
}

/** Every framework in every quantisation on every host and device, so many runs each, two per cent of noise. */
export function shapedRuns(shape: Shape): RunRow[] {
  const random = seededRandom(shape.seed ?? 7);
  const rows: RunRow[] = [];
  for (const [h, hostname] of (shape.hosts ?? ['box-1']).entries()) {
    for (const [d, device] of (shape.devices ?? ['cpu']).entries()) {
      for (const quantize of shape.quantizations) {
        for (const [f, framework] of shape.frameworks.entries()) {
          for (let iteration = 0; iteration < shape.runs; iteration++) {
            const speed = formats[quantize]?.speed ?? 1;
            const rate = (60 * speed * (1 + h * 0.6) * (1 + d * 4)) / (1 + f * 0.55);
            rows.push(
              completedRun(
                {
                  hostname,
                  device,
                  quantize,
                  framework,
                  iteration,
                  seed: iteration + 1,
                  uuid: `${String(rows.length).padStart(8, '0')}-0000-4000-8000-000000000000`,
                },
                rate * (1 + (random() - 0.5) * 0.04),
              ),
            );
          }
        }
      }
    }
  }
  return rows;
}

/** Gaps around each run's time per output token, with a tail. */
export function latenciesOf(rows: readonly RunRow[], gapsPerRun = 630): Map<string, LatencySketch> {
  const random = seededRandom(11);
  const latencies = new Map<string, LatencySketch>();
  for (const row of rows) {
    if (row.status !== 'completed' || row.tpot_ms === null || row.uuid === null) continue;
    const sketch = emptySketch();
    for (let i = 0; i < gapsPerRun; i++)
      addToSketch(sketch, row.tpot_ms * (0.94 + 0.1 * random() + (i % 40 === 0 ? random() : 0)));
    latencies.set(row.uuid, sketch);
  }
  return latencies;
}

export function dataOf(shape: Shape, others: readonly RunRow[] = []): PlotData {
  const rows = [...shapedRuns(shape), ...others];
  return plotData(rows, { latencies: latenciesOf(rows) });
}

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { collateAll } from '../../collate/incremental/collate-all.ts';
import { readRowByRow, readTable } from '../../collate/tables/read.ts';
import type { MemoryRecord, RunRecord, StatisticsRecord } from '../../scripts/log/run-log-format.ts';
import { memoryTable } from '../../scripts/results/memory-table.ts';
import { runsTable } from '../../scripts/results/runs/runs.ts';
import type { EmbeddingRecord } from '../../scripts/workloads/embedding/records.ts';
import type { KernelRecord } from '../../scripts/workloads/kernel/records.ts';
import { answersTable } from '../../scripts/workloads/questions/tables.ts';
import type { LogShape } from './log-factory.ts';
import { outputFolder, tokensOf } from './output-folder.ts';
import { header } from './run-records.ts';

async function collated(shape: LogShape) {
  const output = outputFolder();
  output.log(shape);
  const summary = await collateAll({ output: output.path });
  const [run] = readTable(output.path, runsTable);
  return {
    run,
    answers: readTable(output.path, answersTable),
    tokens: await tokensOf(output.path, 'llamacpp'),
    summary,
  };
}

test('a token row has TTFT at step 0 and gaps behind it', async () => {
  const { tokens } = await collated({ answers: [{ ttftMs: 50, gapsMs: [10, 20] }] });
  expect(tokens).toMatchObject([
    { step: 0, total_latency_ms: 50, tokens_per_sec: null, param_throughput_gb_s: null, at_ms: 1050, token_id: 100 },
    // 1 MB of weights and 21 or 22 positions of 1,000 B, 100 or 50 times a second.
    { step: 1, total_latency_ms: 10, tokens_per_sec: 100, param_throughput_gb_s: 0.1, memory_throughput_gb_s: 0.1021 },
    { step: 2, total_latency_ms: 20, tokens_per_sec: 50, param_throughput_gb_s: 0.05, memory_throughput_gb_s: 0.0511 },
  ]);
  expect(tokens[0]).toMatchObject({
    enqueue_latency_ms: null,
    generated_text: ' word0',
    platform: 'linux',
    release: '6.1',
    device: 'cpu',
    username: 'someone',
    hostname: 'host',
    size: 'tiny',
    quantize: 'f16',
    seed: 42,
    framework: 'llamacpp',
    algorithm: 'llama',
    model: 'tiny-llama',
    weight_class: '16-bit',
    bits_per_weight: 16,
    synthetic: false,
    workload: 'qa',
    answer: 0,
    phase: 'measured',
  });
});

test('a token of an engine that enqueues tells how long its step took to be handed over', async () => {
  const { tokens } = await collated({ answers: [{ ttftMs: 50, gapsMs: [10, 20], enqueueMs: [4, 0.5, 0.75] }] });
  expect(tokens.map((row) => row.enqueue_latency_ms)).toEqual([4, 0.5, 0.75]);
});

test('tokens of one chunk share an instant: a gap of 0 ms has no rate', async () => {
  const { tokens, summary } = await collated({ answers: [{ gapsMs: [0, 10] }] });
  expect(tokens.map((row) => row.tokens_per_sec)).toEqual([null, null, 100]);
  expect(summary.problems).toEqual([]);
});

test('texts with commas, quotes, line breaks and emoji come back as they were', async () => {
  const texts = [' "a, b"', '\n\n', '=1+1', '日本 🦙', ' ', "'"];
  const { tokens } = await collated({ answers: [{ gapsMs: [1, 1, 1, 1, 1], texts }] });
  expect(tokens.map((row) => row.generated_text)).toEqual(texts);
});

test('rates of a run are total tokens over total time, latencies are medians over measured answers', async () => {
  const { run } = await collated({
    answers: [
      { phase: 'cold', ttftMs: 500, gapsMs: [100] },
      { phase: 'warmup', ttftMs: 70, gapsMs: [90] },
      { ttftMs: 50, gapsMs: [10, 10] },
      { ttftMs: 60, gapsMs: [20] },
      { ttftMs: 100, gapsMs: [10] },
    ],
  });
  expect(run).toMatchObject({
    answers: 3,
    warmup_answers: 2,
    ttft_cold_ms: 500,
    ttft_ms: 60,
    // 70, 80 and 110 ms: 2.33 tokens on average took 86.7 ms, and the median answer has two.
    e2e_ms: 80,
    e2e_mean_ms: expect.closeTo(260 / 3, 9),
    // 4 gaps in 50 ms.
    tpot_ms: 12.5,
    decode_tokens_per_s: 80,
    // 3 prompts of 20 tokens in 40 ms each.
    prefill_tokens_per_s: 500,
    prefill_is_lower_bound: false,
    prompt_tokens: 60,
    generated_tokens: 7,
    param_throughput_gb_s: 0.08,
    itl_count: 4,
    itl_max_ms: 20,
    correct: 3,
    judged: 3,
    threads: 2,
    max_tokens: 64,
    temperature: 0,
    kv_type: 'f16',
    framework_build: 'backend=test',
    warnings: null,
  });
  // 2 steps at 20 + 3 / 2 positions, 2 x 1 step at 20 + 2 / 2.
  expect(run?.memory_throughput_gb_s).toBeCloseTo(((1e6 + 21.25 * 1000) * 80) / 1e9, 12);
});

test('an answer row has the figures of that answer', async () => {
  const { answers } = await collated({ answers: [{ ttftMs: 50, gapsMs: [10, 30] }] });
  expect(answers).toMatchObject([
    {
      tokens: 3,
      ttft_ms: 50,
      tpot_ms: 20,
      decode_tokens_per_s: 50,
      prefill_tokens_per_s: 500,
      e2e_ms: 90,
      correct: true,
      feedback: null,
      question: 'What is 1 + 1?',
      text: 'word0 word1 word2',
    },
  ]);
});

test.each([
  [9, { itl_p50_ms: null, itl_p95_ms: null, itl_p99_ms: null }],
  [10, { itl_p50_ms: 5.5, itl_p95_ms: null, itl_p99_ms: null }],
  [100, { itl_p50_ms: 50.5, itl_p95_ms: expect.closeTo(95.05, 9), itl_p99_ms: null }],
  [500, { itl_p50_ms: 250.5, itl_p95_ms: expect.closeTo(475.05, 9), itl_p99_ms: expect.closeTo(495.01, 9) }],
])('with %d gaps only the percentiles with five samples beyond them are shown', async (count, expected) => {
  const { run } = await collated({ answers: [{ gapsMs: Array.from({ length: count }, (_, i) => i + 1) }] });
  expect(run).toMatchObject({ itl_count: count, ...expected });
});

test('when the first token is empty, gaps count from the first one with text', async () => {
  const startNs = 1e9;
  const { run, summary } = await collated({
    answers: [{ ttftMs: 50, gapsMs: [5, 10], texts: ['', ' a', ' b'], answer: { firstTokenNs: startNs + 55e6 } }],
  });
  expect(run).toMatchObject({ ttft_ms: 55, itl_count: 1, itl_max_ms: 10 });
  expect(summary.problems).toEqual([]);
});

test('spans come from closed checkpoints, those of one name added up', async () => {
  const span = (
    name: 'model_load' | 'jit_compilation' | 'kernel_search',
    label: string,
    startMs: number,
    endMs: number,
  ): RunRecord[] => [
    { type: 'checkpoint', name, edge: 'start', atNs: startMs * 1e6, label },
    { type: 'checkpoint', name, edge: 'end', atNs: endMs * 1e6, label },
  ];
  const { run } = await collated({
    records: [
      ...span('model_load', '', 100, 350),
      ...span('jit_compilation', 'prefill', 400, 410),
      ...span('kernel_search', '', 410, 440),
      ...span('jit_compilation', 'decode', 500, 505),
      { type: 'checkpoint', name: 'warmup', edge: 'start', atNs: 0 },
    ],
  });
  expect(run).toMatchObject({ model_load_ms: 250, jit_compilation_ms: 15, kernel_search_ms: 30 });
  expect(run).toMatchObject({ warmup_ms: null, engine_start_ms: null });
});

test('settings that only some frameworks have, and the weights as they lie in memory, are read back', async () => {
  const { run } = await collated({
    header: { requested: { precision: 'auto', compile: false, maxTokens: 64 } },
    effective: {
      settings: { threads: 2, precision: 'float32', compile: true, deviceCount: 2, shard: 'heads' },
      weights: { format: 'float32', bitsPerWeight: 32, bytesPerToken: 4_000_000 },
    },
    answers: [{ gapsMs: [10] }],
  });
  expect(run).toMatchObject({
    precision_asked: 'auto',
    compile_asked: false,
    precision: 'float32',
    compile: true,
    device_count: 2,
    shard: 'heads',
    resident_format: 'float32',
    resident_bits_per_weight: 32,
    // What is read is what lies in memory: 4 MB 100 times a second, not the file's 1 MB.
    param_throughput_gb_s: 0.4,
  });
  expect((await collated({})).run).toMatchObject({
    precision: null,
    compile: null,
    device_count: null,
    shard: null,
    resident_format: null,
    resident_bits_per_weight: null,
  });
});

test("the engine's own counters are those of its latest statistics", async () => {
  const statistics = (moment: 'loaded' | 'end', values: StatisticsRecord['values']): RunRecord => ({
    type: 'statistics',
    moment,
    atNs: 1,
    values,
  });
  const { run } = await collated({
    records: [
      statistics('loaded', { kernel_cache_kernels: 10, shared_bytes: 500 }),
      statistics('end', { kernel_cache_kernels: 14, kernel_cache_new_kernels: 4, jit_kernels: 97, else: 'unknown' }),
    ],
  });
  expect(run).toMatchObject({
    kernel_cache_kernels: 14,
    kernel_cache_new_kernels: 4,
    jit_kernels: 97,
    kernel_cache_hits: null,
    shared_bytes: null,
    copied_bytes: null,
    fallback_tokens: null,
  });
});

test('what a run proposes to do about its failure stands beside the reason', async () => {
  const error = { message: 'no interpreter with torch', remedy: 'pip install torch' };
  const { run } = await collated({ answers: [], end: { status: 'missing', error } });
  expect(run).toMatchObject({ status: 'missing', error: error.message, remedy: error.remedy });
});

const memoryOf = (moment: MemoryRecord['moment'], atMs: number, rest: Partial<MemoryRecord>): MemoryRecord => ({
  ...{ type: 'memory', moment, atNs: atMs * 1e6, residentBytes: 0, ...rest },
  ...(moment === 'sample' ? {} : { meter: 'proc' }),
});

/** Import 0 to 10 ms, load to 20, warm-up 20 to 30, measured to 50. */
const wholeSeries: RunRecord[] = [
  memoryOf('baseline', 1, { residentBytes: 100 }),
  memoryOf('sample', 5, { residentBytes: 900 }),
  memoryOf('framework', 10, { residentBytes: 150 }),
  memoryOf('import_peak', 10.1, { residentBytes: 950, atMostBytes: 950 }),
  memoryOf('sample', 15, { residentBytes: 300, anonymousBytes: 200, tokenizerBytes: 90 }),
  memoryOf('loaded', 20, {
    residentBytes: 400,
    deviceBytes: 77,
    tokenizerBytes: 48,
    proportionalBytes: 350,
    uniqueBytes: 340,
  }),
  memoryOf('load_peak', 15, { residentBytes: 700, atMostBytes: 720 }),
  { type: 'checkpoint', name: 'warmup', edge: 'start', atNs: 21e6 },
  memoryOf('sample', 25, { residentBytes: 500, tokenizerBytes: 50 }),
  { type: 'checkpoint', name: 'warmup', edge: 'end', atNs: 30e6 },
  memoryOf('warm', 30.1, { residentBytes: 600 }),
  memoryOf('end', 50, { residentBytes: 200, deviceBytes: 99 }),
  memoryOf('inference_peak', 30, { residentBytes: 650, atMostBytes: 650 }),
  memoryOf('peak', 15, { residentBytes: 700, atMostBytes: 720 }),
];

test('growths add up, peaks are told apart, and the lent tokenizer stands beside the engine', async () => {
  const { run, summary } = await collated({ records: wholeSeries });
  expect(run).toMatchObject({
    baseline_rss_bytes: 100,
    import_growth_bytes: 50,
    framework_rss_bytes: 150,
    model_memory_bytes: 250,
    loaded_rss_bytes: 400,
    warm_rss_bytes: 600,
    end_rss_bytes: 200,
    import_peak_rss_bytes: 950,
    load_peak_rss_bytes: 700,
    inference_peak_rss_bytes: 650,
    // The import took more, and gave it back before there was a model.
    peak_rss_bytes: 700,
    peak_rss_at_most_bytes: 720,
    // (450 x 5 + 550 x 5.1 + 400 x 19.9) / 30 ms.
    average_rss_bytes: 434,
    // The 90 were its own start.
    tokenizer_rss_bytes: 50,
    peak_with_tokenizer_bytes: 750,
    device_memory_bytes: 77,
    memory_meter: 'proc',
  });
  const { baseline_rss_bytes, import_growth_bytes, model_memory_bytes, loaded_rss_bytes } = run ?? {};
  expect((baseline_rss_bytes ?? 0) + (import_growth_bytes ?? 0) + (model_memory_bytes ?? 0)).toBe(loaded_rss_bytes);
  expect(summary.problems).toEqual([]);
});

test('an import that gives memory back makes a growth negative, so that the parts still add up', async () => {
  const { run } = await collated({
    records: [
      memoryOf('baseline', 1, { residentBytes: 100 }),
      memoryOf('framework', 2, { residentBytes: 90 }),
      memoryOf('loaded', 3, { residentBytes: 80 }),
    ],
  });
  expect(run).toMatchObject({ import_growth_bytes: -10, model_memory_bytes: -10, loaded_rss_bytes: 80 });
});

test('memory.csv has every reading with its phase, in order', async () => {
  const output = outputFolder();
  output.log({ records: wholeSeries });
  await collateAll({ output: output.path });
  const rows = [];
  for await (const row of readRowByRow(output.path, memoryTable)) rows.push(row);
  expect(rows.map(({ moment, phase, elapsed_ms }) => [moment, phase, elapsed_ms])).toEqual([
    ['baseline', 'start', 1],
    ['sample', 'start', 5],
    ['framework', 'start', 10],
    ['import_peak', 'start', 10.1],
    ['sample', 'load', 15],
    ['loaded', 'load', 20],
    ['load_peak', 'load', 15],
    ['sample', 'warmup', 25],
    ['warm', 'warmup', 30.1],
    ['end', 'measured', 50],
    ['inference_peak', 'warmup', 30],
    ['peak', 'load', 15],
  ]);
  expect(rows[4]).toMatchObject({ rss_bytes: 300, anonymous_bytes: 200, tokenizer_rss_bytes: 90, private_bytes: null });
  expect(rows[5]).toMatchObject({ proportional_bytes: 350, private_bytes: 340, device_bytes: 77 });
  expect(rows[6]).toMatchObject({ rss_bytes: 700, rss_at_most_bytes: 720 });
});

test('a run knows its rounds, the time of its answers and its fastest second', async () => {
  const { run } = await collated({
    answers: [
      { ttftMs: 50, gapsMs: new Array(60).fill(10) },
      { ttftMs: 50, gapsMs: new Array(60).fill(20) },
    ],
  });
  expect(run).toMatchObject({ iterations: 1, total_time_ms: 1900, itl_min_ms: 10, itl_max_ms: 20 });
  expect(run?.generated_tokens).toBe(122);
  expect(run?.e2e_tokens_per_s).toBeCloseTo(122 / 1.9, 6);
  // 60 gaps of 10 ms and 20 of 20 ms make the second.
  expect(run?.peak_tokens_per_s).toBeCloseTo(80, 6);
  expect(run?.peak_tokens_per_s ?? 0).toBeGreaterThan(run?.decode_tokens_per_s ?? Infinity);
});

test('a log of before, with single moments alone, keeps its figures, and has no others', async () => {
  const memory = (moment: MemoryRecord['moment'], residentBytes: number, deviceBytes?: number): MemoryRecord => ({
    type: 'memory',
    moment,
    atNs: 1,
    residentBytes,
    ...(deviceBytes === undefined ? {} : { deviceBytes }),
    meter: 'proc',
  });
  const { run } = await collated({
    records: [memory('baseline', 100), memory('framework', 150), memory('loaded', 400, 77), memory('peak', 600)],
  });
  expect(run).toMatchObject({
    baseline_rss_bytes: 100,
    loaded_rss_bytes: 400,
    peak_rss_bytes: 600,
    model_memory_bytes: 250,
    device_memory_bytes: 77,
    memory_meter: 'proc',
    load_peak_rss_bytes: null,
    inference_peak_rss_bytes: null,
    peak_rss_at_most_bytes: null,
    average_rss_bytes: null,
    tokenizer_rss_bytes: null,
    peak_with_tokenizer_bytes: 600,
  });
});

test('kernel repetitions become mean and sample deviation of their rates, as llama-bench has them', async () => {
  const kernel = (test: 'pp' | 'tg', tokens: number, ms: number, phase: KernelRecord['phase'] = 'measured') =>
    ({ type: 'kernel', test, repetition: 0, phase, tokens, depth: 64, startNs: 0, durationNs: ms * 1e6 }) as const;
  const { run } = await collated({
    header: { workload: 'kernel' },
    answers: [],
    records: [
      kernel('pp', 512, 9999, 'warmup'),
      kernel('pp', 512, 512),
      kernel('pp', 512, 256),
      kernel('tg', 128, 1280),
      kernel('tg', 128, 1280),
      kernel('tg', 128, 640),
    ],
  });
  expect(run).toMatchObject({
    workload: 'kernel',
    n_prompt: 512,
    n_gen: 128,
    depth: 64,
    repetitions: 3,
    pp_tokens_per_s: 1500,
    pp_stddev_tokens_per_s: Math.sqrt(2 * 500 ** 2),
    decode_tokens_per_s: null,
    ttft_ms: null,
  });
  expect(run?.tg_tokens_per_s).toBeCloseTo((100 + 100 + 200) / 3, 10);
  expect(run?.tg_stddev_tokens_per_s).toBeCloseTo(100 / Math.sqrt(3), 10);
});

test('kernel rates of an engine that chooses a token in each step say so, and no other run does', async () => {
  const kernel = { type: 'kernel', test: 'tg', repetition: 0, phase: 'measured', tokens: 8, depth: 0 } as const;
  const records = [{ ...kernel, startNs: 0, durationNs: 1e6 }];
  const settings = { kernelChoosesToken: true };
  const chosen = await collated({ header: { workload: 'kernel' }, effective: { settings }, answers: [], records });
  expect(chosen.run?.kernel_chooses_token).toBe(true);
  const silent = await collated({ header: { workload: 'kernel' }, answers: [], records });
  expect(silent.run?.kernel_chooses_token).toBeNull();
  expect((await collated({ effective: { settings } })).run?.kernel_chooses_token).toBeNull();
});

test('embedded batches become rates of their own, and no decode rate', async () => {
  const batch = (phase: EmbeddingRecord['phase'], startMs: number, endMs: number, texts: number) =>
    ({
      ...{ type: 'embedding' as const, batch: 0, phase, round: 0, texts, tokens: 10 * texts, dimensions: 384 },
      ...{ startNs: startMs * 1e6, submitNs: (startMs + 5) * 1e6, endNs: endMs * 1e6 },
    }) as const;
  const { run } = await collated({
    header: { workload: 'embedding' },
    answers: [],
    records: [batch('cold', 0, 100, 4), batch('measured', 200, 225, 4), batch('measured', 300, 315, 2)],
  });
  // 60 tokens in 20 + 10 ms; 6 texts in 25 + 15 ms.
  expect(run).toMatchObject({
    ...{ workload: 'embedding', embed_batch_texts: 4, embed_texts: 6, embed_tokens: 60, embed_dimensions: 384 },
    ...{ embed_tokens_per_s: 2000, embed_texts_per_s: 150, embed_batch_ms: 20, embed_batch_cold_ms: 100 },
    ...{ embed_batch_p95_ms: null, decode_tokens_per_s: null, prefill_tokens_per_s: null, pp_tokens_per_s: null },
  });
});

test('a chat session has its feedback beside the answers it is about', async () => {
  const { answers, run } = await collated({
    header: { workload: 'chat' },
    answers: [{ answer: { correct: null, expected: null } }, { answer: { correct: null, expected: null } }],
    records: [
      { type: 'feedback', answer: 1, rating: 'none', comment: '' },
      { type: 'feedback', answer: 1, rating: 'good', comment: 'well said' },
    ],
  });
  expect(answers.map((row) => row.feedback)).toEqual([null, 'good']);
  expect(run).toMatchObject({ workload: 'chat', status: 'completed', judged: 0, correct: null });
});

test('equal outputs have equal hashes, whatever the order of the questions', async () => {
  const one = { answer: { questionId: 'a' }, gapsMs: [10] };
  const two = { answer: { questionId: 'b' }, gapsMs: [10, 10] };
  const first = await collated({ answers: [{ phase: 'cold' }, one, two] });
  const second = await collated({ answers: [two, one] });
  const bytes = Buffer.alloc(7 * 4);
  [100, 101, -1, 100, 101, 102, -1].forEach((id, i) => {
    bytes.writeInt32LE(id, i * 4);
  });
  expect(first.run?.output_sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  expect(second.run?.output_sha256).toBe(first.run?.output_sha256);
});

test('warnings of the log are codes in the row, each once', async () => {
  const warning = (code: string): RunRecord => ({ type: 'warning', code, message: 'as it says' });
  const { run } = await collated({ records: [warning('drift'), warning('busy_host'), warning('drift')] });
  expect(run?.warnings).toBe('drift;busy_host');
});

test('a run belongs to its session and iteration', async () => {
  const uuid = header(9, 'llamacpp').uuid;
  const { run } = await collated({ header: { session: { uuid, order: 3, iteration: 1 } } });
  expect(run).toMatchObject({ session: uuid, iteration: 1 });
});

/**
 * Files of clients of a server. Real ones have a version in their names (recorded/README.md); the others are made by hand after the sources of the tools, of the same two requests:
 * A: TTFT 50 ms, then five gaps of 10; 20 prompt tokens, n = 6. B: TTFT 70 ms, then seven gaps of 20; 30 prompt tokens, n = 8.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importRecorded, importText, oursOf, recordedPath, recordedText } from './imported.ts';

/** Of A and B, by hand. */
const ours = {
  ttft_ms: 60,
  tpot_ms: (50 + 140) / (5 + 7),
  itl_p50_ms: 20,
  e2e_ms: 155,
  decode_tokens_per_s: (5 + 7) / 0.19,
  e2e_tokens_per_s: 14 / 0.31,
};

/** The metric's name, and what we call the same. */
type Expected = ReadonlyArray<[metric: string, figure: keyof typeof ours]>;

function expectDerived(file: string, expected: Expected, digits = 6) {
  const [cell] = importRecorded(file).cells;
  const derived = oursOf(cell?.metrics ?? []);
  for (const [metric, figure] of expected)
    expect([metric, derived[metric]]).toEqual([metric, expect.closeTo(ours[figure], digits)]);
  // What is derived and not expected here would be wrong too.
  const others = Object.entries(derived).filter(([, value]) => typeof value === 'number');
  expect(others.map(([name]) => name).sort()).toEqual(expected.map(([name]) => name).sort());
}

const vllmDetailed: Expected = [
  ['TTFT', 'ttft_ms'],
  ['TPOT', 'tpot_ms'],
  ['ITL', 'itl_p50_ms'],
  ['Output token throughput', 'e2e_tokens_per_s'],
];

describe('vLLM', () => {
  it.each([
    ['serving-2024-03.json', 'serve', 5],
    ['serving-2024-07.json', 'serve', 6],
    ['serving-2025-04.json', 'serve', 8],
    ['serve-2025-11-summary.json', 'serve', 8],
    ['serve-2026-detailed.json', 'serve', 9],
    ['serve-embeddings.json', 'serve', 3],
    ['latency-2024.json', 'latency', 1],
    ['latency-2026.json', 'latency', 1],
    ['throughput.json', 'throughput', 2],
  ])('%s is read as %s', (file, layout, metrics) => {
    const record = importRecorded(`vllm/${file}`);
    expect(record).toMatchObject({ tool: 'vllm', layout, toolVersion: null });
    expect(record.cells[0]?.metrics).toHaveLength(metrics);
  });

  it('the requests that --save-detailed keeps are derived from, without the failed one', () => {
    expectDerived('vllm/serving-2024-07.json', vllmDetailed);
    expectDerived('vllm/serving-2025-04.json', [...vllmDetailed, ['E2EL', 'e2e_ms']]);
    expectDerived('vllm/serve-2026-detailed.json', vllmDetailed);
  });

  it('has its own values, statistics and definitions', () => {
    const [cell] = importRecorded('vllm/serving-2025-04.json').cells;
    expect(cell).toMatchObject({
      model: { name: 'meta-llama/Llama-2-7b-hf' },
      workload: { promptTokens: 25, generatedTokens: 7, concurrency: 2, requestsPerSecond: 4, samples: 2 },
    });
    const tpot = cell?.metrics.find(({ name }) => name === 'TPOT');
    expect(tpot).toMatchObject({
      unit: 'ms',
      headline: 'mean',
      definition: '(tn - t1) / (n - 1) of each request; requests count alike',
    });
    // The mean of 10 and 20: theirs counts requests alike, ours tokens.
    expect(tpot?.statistics).toMatchObject({ mean: expect.closeTo(15, 9), p99: expect.closeTo(19.9, 9) });
    expect(cell?.metrics.find(({ name }) => name === 'ITL')?.statistics).toHaveProperty(['p99.9']);
    expect(cell?.metrics.find(({ name }) => name === 'Request goodput')?.statistics).toEqual({ value: 2.5 });
  });

  it('a summary says with which option the requests would be there', () => {
    const derived = oursOf(importRecorded('vllm/serve-2025-11-summary.json').cells[0]?.metrics ?? []);
    expect(derived.TTFT).toContain('--save-detailed');
  });

  it('what --append-result wrote are two combinations', () => {
    const { cells } = importRecorded('vllm/serve-appended.json');
    expect(cells.map(({ workload }) => workload.concurrency)).toEqual([2, 4]);
  });

  it('metadata that a person added is a setting', () => {
    expect(importRecorded('vllm/serve-2025-11-summary.json').cells[0]?.settings).toMatchObject({
      tensor_parallel_size: '1',
    });
  });

  it("SGLang's copy of the script is another tool", () => {
    const copied = {
      ...JSON.parse(recordedText('vllm/serve-2025-11-summary.json')),
      total_output_tokens_retokenized: 14,
    };
    expect(() => importText(JSON.stringify(copied))).toThrow('is no result of a tool that is known');
  });
});

describe('GuideLLM', () => {
  const all: Expected = [
    ['request_latency', 'e2e_ms'],
    ['time_to_first_token_ms', 'ttft_ms'],
    ['inter_token_latency_ms', 'tpot_ms'],
    ['time_per_output_token_ms', 'tpot_ms'],
    ['output_tokens_per_second', 'e2e_tokens_per_s'],
  ];

  it.each([
    ['benchmarks-0.2.json', '0.2 to 0.3', null],
    ['benchmarks-0.4.json', '0.4', null],
    ['benchmarks-0.5.json', '0.5 to 0.6', '0.5.0'],
    ['benchmarks-0.7.json', '0.7 to 0.8', '0.7.1'],
  ])('%s is of layout %s, and its requests are derived from', (file, layout, toolVersion) => {
    expect(importRecorded(`guidellm/${file}`)).toMatchObject({ tool: 'guidellm', layout, toolVersion });
    expect(importRecorded(`guidellm/${file}`).cells[0]).toMatchObject({
      model: { name: 'neuralmagic/Llama' },
      workload: { promptTokens: 25, generatedTokens: 7, concurrency: 2, samples: 2 },
    });
    // Seconds since 1970 resolve a quarter of a microsecond.
    expectDerived(`guidellm/${file}`, all, 2);
  });

  it('0.1 has requests alone, and its metrics are computed as its console did', () => {
    const record = importRecorded('guidellm/guidance-report-0.1.json');
    expect(record).toMatchObject({
      layout: '0.1',
      cells: [{ workload: { concurrency: 1 }, settings: { mode: 'synchronous' } }],
    });
    expect(record.cells[0]?.metrics.map(({ origin }) => origin)).toEqual([
      'recomputed',
      'recomputed',
      'recomputed',
      'recomputed',
    ]);
    expectDerived('guidellm/guidance-report-0.1.json', [
      ['request_latency', 'e2e_ms'],
      ['time_to_first_token', 'ttft_ms'],
      ['inter_token_latency', 'itl_p50_ms'],
      ['output_token_throughput', 'e2e_tokens_per_s'],
    ]);
  });

  it('a TPOT of before 0.4 has another definition than one of today', () => {
    const tpotOf = (file: string) =>
      importRecorded(file).cells[0]?.metrics.find(({ name }) => name === 'time_per_output_token_ms')?.definition;
    expect(tpotOf('guidellm/benchmarks-0.2.json')).toBe('(tn - t1) / n of each request, weighted by n');
    expect(tpotOf('guidellm/benchmarks-0.4.json')).toMatch(/^\(tn - t0\) \/ n of each request/);
  });

  it('a sample of the requests is not all of them', () => {
    const [cell] = importRecorded('guidellm/benchmarks-0.3-sampled.json').cells;
    expect(cell?.workload).toMatchObject({ samples: 200, requestsPerSecond: 4, concurrency: null });
    expect(oursOf(cell?.metrics ?? []).time_to_first_token_ms).toBe(
      'of 200 requests the report has kept a sample of 2',
    );
  });

  it.each(['0.2.1', '0.3.1'])(
    '%s for real, against our endpoint: its metrics follow the definitions of its time',
    (version) => {
      const file = `guidellm/benchmarks-${version}.json`;
      const { layout, cells } = importRecorded(file);
      expect(layout).toBe('0.2 to 0.3');
      const means = new Map(cells[0]?.metrics.map(({ name, statistics }) => [name, statistics.mean ?? Number.NaN]));
      const [benchmark] = JSON.parse(recordedText(file)).benchmarks;
      const requests: Array<Record<'start_time' | 'end_time' | 'output_tokens', number>> =
        benchmark.requests.successful;
      expect(requests.map(({ output_tokens: tokens }) => tokens)).toEqual([24, 24, 24, 24]);
      // (tn - t1) / n beside (tn - t1) / (n - 1).
      const itl = means.get('inter_token_latency_ms') ?? Number.NaN;
      expect(means.get('time_per_output_token_ms')).toBeCloseTo((itl * 23) / 24, 6);
      expect(oursOf(cells[0]?.metrics ?? []).inter_token_latency_ms).toBeCloseTo(itl, 3);
      const seconds =
        Math.max(...requests.map((each) => each.end_time)) - Math.min(...requests.map((each) => each.start_time));
      const rate = cells[0]?.metrics.find(({ name }) => name === 'output_tokens_per_second');
      expect(rate?.definition).toBe('(sum of n - 1) / time from the first request to the end of the last');
      expect(rate?.statistics.mean).toBeCloseTo((4 * 24 - 1) / seconds, 6);
    },
  );

  it('0.1.0 for real: what is computed from its requests is what its console printed', () => {
    const record = importRecorded('guidellm/guidance-report-0.1.0.json');
    const metrics = new Map(record.cells[0]?.metrics.map((metric) => [metric.name, metric]));
    expect(record).toMatchObject({
      layout: '0.1',
      cells: [{ model: { name: 'tokenlap-tiny-chat-f16' }, workload: { samples: 4 } }],
    });
    expect(metrics.get('request_latency')?.statistics.median).toBeCloseTo(6.2, 1);
    expect(metrics.get('time_to_first_token')?.statistics.median).toBeCloseTo(165.2, 1);
    expect(metrics.get('inter_token_latency')?.statistics.median).toBeCloseTo(82.5, 1);
    expect(oursOf(record.cells[0]?.metrics ?? [])).toMatchObject({
      time_to_first_token: expect.closeTo(165.2, 1),
      inter_token_latency: expect.closeTo(82.5, 1),
    });
  });

  it('0.5.4 for real: its mean rate begins with the first token of all, and its TPOT has the first token in it', () => {
    const { layout, toolVersion, cells } = importRecorded('guidellm/benchmarks-0.5.4.json');
    expect([layout, toolVersion]).toEqual(['0.5 to 0.6', '0.5.4']);
    const [benchmark] = JSON.parse(recordedText('guidellm/benchmarks-0.5.4.json')).benchmarks;
    const requests: Array<{ info: { timings: Record<string, number> } }> = benchmark.requests.successful;
    const instants = (name: string) => requests.map(({ info }) => info.timings[name] ?? Number.NaN);
    const [starts, firsts, lasts] = ['request_start', 'first_token_iteration', 'last_token_iteration'].map(instants);
    const metricOf = (name: string) => cells[0]?.metrics.find((metric) => metric.name === name);
    const seconds = Math.max(...(lasts ?? [])) - Math.min(...(firsts ?? []));
    expect(metricOf('output_tokens_per_second')?.definition).toBe(
      'sum of n / time from the first token of all to the last',
    );
    expect(metricOf('output_tokens_per_second')?.statistics.mean).toBeCloseTo((4 * 24) / seconds, 6);
    const whole = (lasts ?? []).reduce((sum, last, i) => sum + last - (starts?.[i] ?? Number.NaN), 0);
    expect(metricOf('time_per_output_token_ms')?.statistics.mean).toBeCloseTo((whole / (4 * 24)) * 1e3, 4);
    expect(metricOf('time_per_output_token_ms')?.ours).toMatchObject({ kind: 'derived', sameFormula: false });
  });

  it('0.8.1 for real, against our endpoint: its own request figures follow from the instants that ours are made of', () => {
    const record = importRecorded('guidellm/benchmarks-0.8.1.json');
    expect(record).toMatchObject({
      layout: '0.7 to 0.8',
      toolVersion: '0.8.1',
      cells: [{ workload: { concurrency: 1, samples: 4 } }],
    });
    const metrics = record.cells[0]?.metrics ?? [];
    // All answers are of 24 tokens, so that its mean, weighted by tokens, is total time / total gaps, as ours.
    const itl = metrics.find(({ name }) => name === 'inter_token_latency_ms');
    expect(oursOf(metrics).inter_token_latency_ms).toBeCloseTo(itl?.statistics.mean ?? Number.NaN, 6);
    const requests: Array<{ time_to_first_token_ms: number }> = JSON.parse(
      readFileSync(recordedPath('guidellm/benchmarks-0.8.1.json'), 'utf8'),
    ).benchmarks[0].requests.successful;
    const firsts = requests.map((request) => request.time_to_first_token_ms).sort((a, b) => a - b);
    expect(oursOf(metrics).time_to_first_token_ms).toBeCloseTo(((firsts[1] ?? 0) + (firsts[2] ?? 0)) / 2, 6);
  });
});

describe('AIPerf', () => {
  it.each([
    ['profile_export_aiperf-0.1.json', 'json, schema without version', null],
    ['profile_export_aiperf-schema-1.0.json', 'json, schema 1.0', '0.4.0'],
    ['profile_export_aiperf-schema-1.5.json', 'json, schema 1.5', '0.14.0'],
  ])('%s has summaries of the measured phase, with model and concurrency', (file, layout, toolVersion) => {
    const record = importRecorded(`aiperf/${file}`);
    expect(record).toMatchObject({ tool: 'aiperf', layout, toolVersion });
    const [cell] = record.cells;
    expect(cell).toMatchObject({
      model: { name: 'Qwen/Qwen3-0.6B' },
      workload: { promptTokens: 25, generatedTokens: 7, concurrency: 2, samples: 2, durationSeconds: 0.4 },
    });
    expect(cell?.metrics.find(({ name }) => name === 'Time to First Token')).toMatchObject({
      ...{ unit: 'ms', definition: 't1 - t0', statistics: { avg: 60, p50: 60 } },
      ours: { kind: 'not derivable', figure: 'ttft_ms', reason: expect.stringContaining('profile_export.jsonl') },
    });
  });

  it.each([
    ['profile_export_aiperf-0.1.csv', {}],
    ['profile_export_aiperf-gpu.csv', { gpus: 'NVIDIA H100' }],
  ])('%s has the same', (file, host) => {
    const record = importRecorded(`aiperf/${file}`);
    expect(record).toMatchObject({ tool: 'aiperf', layout: 'csv', cells: [{ host, workload: { samples: 2 } }] });
    const json = importRecorded('aiperf/profile_export_aiperf-0.1.json').cells[0]?.metrics ?? [];
    for (const { name, unit, statistics, headline } of record.cells[0]?.metrics ?? []) {
      const same = json.find((each) => each.name === name);
      expect(unit).toBe(same?.unit);
      // Two decimals.
      expect(statistics[headline]).toBeCloseTo(same?.statistics[headline] ?? Number.NaN, 2);
    }
    expect(record.cells[0]?.metrics).toHaveLength(json.length);
  });

  it('the requests of profile_export.jsonl are derived from, without warm-up and failures', () => {
    const record = importRecorded('aiperf/profile_export.jsonl');
    expect(record).toMatchObject({
      layout: 'jsonl',
      cells: [{ workload: { samples: 2, promptTokens: 25, generatedTokens: 7 } }],
    });
    expectDerived('aiperf/profile_export.jsonl', [
      ['Time to First Token', 'ttft_ms'],
      ['Request Latency', 'e2e_ms'],
      ['Inter Token Latency', 'tpot_ms'],
      ['Inter Chunk Latency', 'itl_p50_ms'],
      ['Output Token Throughput Per User', 'decode_tokens_per_s'],
    ]);
  });

  it('0.13.0 for real, against our endpoint: the same run in its three files', () => {
    const [json, csv, jsonl] = [
      'profile_export_aiperf-0.13.0.json',
      'profile_export_aiperf-0.13.0.csv',
      'profile_export-0.13.0.jsonl',
    ].map((file) => importRecorded(`aiperf/${file}`));
    expect(json).toMatchObject({ toolVersion: '0.13.0', layout: 'json, schema 1.4' });
    expect(json?.cells[0]).toMatchObject({
      model: { name: 'tokenlap-tiny-chat-f16' },
      workload: { promptTokens: 32, concurrency: 1, samples: 4 },
    });
    const summaries = json?.cells[0]?.metrics ?? [];
    expect(csv?.cells[0]?.metrics.map(({ name }) => name).sort()).toEqual(summaries.map(({ name }) => name).sort());
    const requests = jsonl?.cells[0]?.metrics ?? [];
    expect(requests).toHaveLength(7);
    for (const { name, statistics } of requests) {
      const same = summaries.find((each) => each.name === name);
      // Computed here from the requests, and by AIPerf.
      for (const statistic of ['avg', 'p50', 'p90', 'p99']) {
        expect([name, statistics[statistic]]).toEqual([
          name,
          expect.closeTo(same?.statistics[statistic] ?? Number.NaN, 6),
        ]);
      }
    }
    // Ours is the median, and so is its p50.
    const ttft = summaries.find(({ name }) => name === 'Time to First Token');
    expect(oursOf(requests)['Time to First Token']).toBeCloseTo(ttft?.statistics.p50 ?? Number.NaN, 6);
    const gaps = summaries.find(({ name }) => name === 'Inter Chunk Latency');
    expect(oursOf(requests)['Inter Chunk Latency']).toBeCloseTo(gaps?.statistics.p50 ?? Number.NaN, 6);
  });

  it('GenAI-Perf, whose shape it took, is another tool', () => {
    const { input_config, request_latency, request_throughput } = JSON.parse(
      recordedText('aiperf/profile_export_aiperf-0.1.json'),
    );
    expect(() => importText(JSON.stringify({ request_latency, request_throughput, input_config }))).toThrow(
      'is no result of a tool',
    );
  });
});

describe("the workflow's CSV", () => {
  it('has a run for each change of its facts, and the steps behind the first are a decode rate', () => {
    const { tool, cells } = importRecorded('workflow/tinygrad.csv');
    expect(tool).toBe('workflow');
    expect(
      cells.map(({ model, workload, host }) => [model.name, model.type, workload.generatedTokens, host.device]),
    ).toEqual([
      ['1B', 'int8', 8, 'METAL'],
      ['1B', 'nf4', 6, 'METAL'],
    ]);
    expect(oursOf(cells[0]?.metrics ?? [])).toMatchObject({
      total_latency_ms: expect.closeTo(25, 6),
      tokens_per_sec: expect.closeTo(40, 6),
      memory_throughput_gb_s: 'Tokenlap has no figure of this kind',
    });
    expect(cells[0]?.metrics.find(({ name }) => name === 'total_latency_ms')?.statistics.mean).toBeCloseTo(27.5, 9);
  });

  it('without facts a run ends where the steps begin again', () => {
    const { cells } = importRecorded('workflow/tinygrad-without-facts.csv');
    expect(cells.map(({ metrics }) => oursOf(metrics).total_latency_ms)).toEqual([
      expect.closeTo(25, 6),
      expect.closeTo(20, 6),
    ]);
  });

  it('averages of llama-bench have no zeros for what is not known, and nothing is derived from them', () => {
    const [cell] = importRecorded('workflow/llamacpp.csv').cells;
    expect(cell?.metrics.map(({ name }) => name)).toEqual(['total_latency_ms', 'tokens_per_sec']);
    expect(oursOf(cell?.metrics ?? []).tokens_per_sec).toContain('average of llama-bench');
  });

  it('our own table of tokens, which begins with the same columns, is not foreign', () => {
    const [header = '', row = ''] = recordedText('workflow/tinygrad.csv').split('\r\n');
    expect(() => importText(`${header},framework\n${row},llamacpp\n`)).toThrow('it is a table of Tokenlap');
  });
});

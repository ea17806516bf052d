/** Files that are no results: each ends in one line that says where it is wrong, and nothing is written. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { importCommand } from '../../../collate/import.ts';
import { exitCodes, UserError } from '../../../scripts/command-line/errors.ts';
import { outputFolder } from '../../fakes/output-folder.ts';
import { recordedText } from './imported.ts';

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
});
afterEach(() => vi.restoreAllMocks());

type Json = Record<string, unknown>;

/** The recorded file with its first value of JSON changed. */
function changed(name: string, change: (document: Json) => unknown): string {
  const document: Json = JSON.parse(recordedText(name));
  return JSON.stringify(change(document) ?? document);
}

/** The same for the first test of llama-bench. */
function benchWith(change: Json): string {
  const [first, ...others] = JSON.parse(recordedText('llama-bench/bench.json'));
  return JSON.stringify([{ ...first, ...change }, ...others]);
}

/** @param path keys, separated by dots */
function put(document: Json, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let at: Json = document;
  for (const key of keys) at = Object(at[key]);
  at[last] = value;
}

const withValue = (name: string, path: string, value: unknown) =>
  changed(name, (document) => put(document, path, value));
/** Python's json writes these words where a number is none. */
const withWord = (name: string, number: string, word: string) => recordedText(name).replace(number, word);
const without = (name: string, field: string) =>
  changed(name, (document) => {
    delete document[field];
  });

const [serve, detailed] = ['vllm/serve-2025-11-summary.json', 'vllm/serve-2026-detailed.json'];
const [report, summary, records] = [
  'guidellm/benchmarks-0.7.json',
  'aiperf/profile_export_aiperf-schema-1.5.json',
  'aiperf/profile_export.jsonl',
];
const summaryCsv = 'aiperf/profile_export_aiperf-0.1.csv';
const half = (text: string) => text.slice(0, Math.floor(text.length / 2));

describe.each<[tool: string, cases: ReadonlyArray<[name: string, text: () => string, said: RegExp]>]>([
  [
    'any tool',
    [
      ['empty', () => '', /it is empty$/],
      ['blank', () => '\ufeff \n\n', /it is empty$/],
      ['of another program', () => '{"name": "x", "version": 1}', /is no result of a tool that is known$/],
      ['a list of nothing', () => '[]', /is no result of a tool/],
      ['a picture', () => '\u0089PNG\r\n', /is no result of a tool/],
      ['with a word that is none', () => '{"build_commit": "a",\n"x": [1, 2, maybe]}', /line 2: it is no JSON: /],
      ['nested without end', () => '['.repeat(200_000), /nested deeper than 128 levels/],
      ['of too many values', () => `[${'1,'.repeat(4 * 2 ** 20)}1]`, /more than 4194304 values/],
    ],
  ],
  [
    'llama-bench',
    [
      [
        'json cut off',
        () => half(recordedText('llama-bench/bench.json')),
        /line \d+: it ends in the middle of its JSON$/,
      ],
      ['jsonl cut off', () => recordedText('llama-bench/bench.jsonl').slice(0, -200), /line 6: it ends in the middle/],
      [
        'csv cut off',
        () => recordedText('llama-bench/bench.csv').slice(0, -60),
        /line 7: it (has \d+ cells|is no CSV)/,
      ],
      [
        'sql cut off',
        () => recordedText('llama-bench/bench.sql').slice(0, -40),
        /line \d+: the statement does not end/,
      ],
      [
        'md cut off',
        () => half(recordedText('llama-bench/bench.md')),
        /line \d+: it has \d cells, and there are 7 columns/,
      ],
      [
        'a number as a string',
        () => benchWith({ avg_ts: '123.4' }),
        /test 1: avg_ts: .*expected number, received string/,
      ],
      ['a rate that is negative', () => benchWith({ avg_ts: -1 }), /test 1: avg_ts: /],
      ['repetitions that are none', () => benchWith({ samples_ns: 'all' }), /test 1: samples_ns: .*expected array/],
      ['a repetition of no time', () => benchWith({ samples_ns: [1, 0] }), /test 1: samples_ns\.1: /],
      ['nothing measured', () => benchWith({ n_prompt: 0, n_gen: 0 }), /n_prompt and n_gen are 0/],
      [
        'a million repetitions more',
        () => benchWith({ samples_ns: Array(1_000_001).fill(1) }),
        /samples_ns: .*1000000/,
      ],
      [
        'NaN',
        () => recordedText('llama-bench/bench.json').replace(/"avg_ts": [\d.]+/, '"avg_ts": NaN'),
        /line \d+: NaN is no number of JSON/,
      ],
      [
        '-nan as C writes it, in csv',
        () => recordedText('llama-bench/bench.csv').replace(/"[\d.]+"\n/, '"-nan"\n'),
        /line 2, stddev_ts: "-nan" is no number/,
      ],
      [
        'inf in sql',
        () => recordedText('llama-bench/bench.sql').replace(/'[\d.]+'\);/, "'inf');"),
        /line \d+, stddev_ts: "inf" is no number/,
      ],
      [
        'a rate without a deviation in md',
        () => recordedText('llama-bench/bench.md').replace(' ± ', ' '),
        /line 3, t\/s: .* is not as in/,
      ],
      ['a name that is a book', () => benchWith({ model_type: 'x'.repeat(5000) }), /test 1: model_type: /],
    ],
  ],
  [
    'vLLM',
    [
      ['cut off', () => half(recordedText(serve)), /line 1: it ends in the middle of its JSON$/],
      [
        'a number as a string',
        () => withValue(serve, 'mean_ttft_ms', '60'),
        /mean_ttft_ms: .*expected number, received string/,
      ],
      ['a wrong type', () => withValue(serve, 'duration', [1]), /duration: .*expected number/],
      ['NaN', () => withWord(serve, '"mean_ttft_ms": 60.0', '"mean_ttft_ms": NaN'), /line 1: NaN is no number of JSON/],
      [
        'Infinity',
        () => withWord(serve, '"mean_ttft_ms": 60.0', '"mean_ttft_ms": -Infinity'),
        /line 1: -Infinity is no number/,
      ],
      [
        'requests that lack times',
        () => withValue(detailed, 'ttfts', [0.05]),
        /ttfts has 1 requests, and input_lens 3/,
      ],
      ['gaps that are no list', () => withValue(detailed, 'itls', [1, 2, 3]), /itls\.0: .*expected array/],
      [
        'a million requests more',
        () => withValue(detailed, 'input_lens', Array(1_000_001).fill(1)),
        /input_lens: .*1000000/,
      ],
      ['a latency without a measurement', () => withValue('vllm/latency-2026.json', 'latencies', []), /latencies: /],
      ['a throughput without its requests', () => without('vllm/throughput.json', 'num_requests'), /num_requests: /],
      ['a second document that is none', () => `${recordedText(serve)}\n{"a": 1}`, /line 2: it is no result of serve/],
    ],
  ],
  [
    'GuideLLM',
    [
      ['cut off', () => half(recordedText(report)), /line 1: it ends in the middle of its JSON$/],
      [
        'without a benchmark behind the first',
        () => changed(report, (document) => ({ ...document, benchmarks: [...Object(document.benchmarks), {}] })),
        /benchmarks\.1: it has none of the parts/,
      ],
      [
        'a number as a string',
        () => withValue(report, 'benchmarks.0.metrics.time_to_first_token_ms.successful.mean', '60'),
        /benchmarks\.0\.metrics\.time_to_first_token_ms: successful\.mean: .*received string/,
      ],
      [
        'requests of a wrong type',
        () => withValue(report, 'benchmarks.0.requests.successful', 'two'),
        /benchmarks\.0: requests\.successful: .*expected array/,
      ],
      [
        'a request without its instants',
        () => withValue(report, 'benchmarks.0.requests.successful.1.info', {}),
        /requests\.successful\.1: info\.timings: /,
      ],
      ['NaN', () => withWord(report, '"mean": 60.0', '"mean": NaN'), /line 1: NaN is no number of JSON/],
      [
        'a million requests more',
        () => withValue(report, 'benchmarks.0.requests.successful', Array(1_000_001).fill(0)),
        /requests\.successful: .*1000000/,
      ],
      [
        '0.1 without a result',
        () => withValue('guidellm/guidance-report-0.1.json', 'benchmarks.0.benchmarks.0.results', []),
        /benchmarks\.0\.benchmarks\.0: it has no result/,
      ],
    ],
  ],
  [
    'AIPerf',
    [
      ['cut off', () => half(recordedText(summary)), /line \d+: it ends in the middle of its JSON$/],
      [
        'a number as a string',
        () => withValue(summary, 'time_to_first_token.avg', '60'),
        /time_to_first_token: avg: .*received string/,
      ],
      [
        'a statistic as a string',
        () => withValue(summary, 'request_latency.p99', '60'),
        /request_latency\.p99: .*received string/,
      ],
      ['without its unit', () => withValue(summary, 'request_latency', { avg: 1 }), /request_latency: unit: /],
      ['NaN', () => recordedText(summary).replace(/"avg": 60.0/, '"avg": NaN'), /line \d+: NaN is no number of JSON/],
      [
        'without a metric',
        () => '{"schema_version": "1.0", "aiperf_version": "0.4.0", "input_config": {}}',
        /it has no metric that is known/,
      ],
      [
        'csv with a word',
        () => recordedText(summaryCsv).replace('60.00', 'sixty'),
        /line \d+, Time to First Token, avg: "sixty" is no number/,
      ],
      ['csv with infinity', () => recordedText(summaryCsv).replace('60.00', 'inf'), /"inf" is no number/],
      ['csv cut off', () => half(recordedText(summaryCsv)), /line \d+: it has \d+ cells, and there are 14 columns/],
      ['csv without a metric', () => 'Metric,Value\r\n', /it has no metric that is known/],
      ['a record cut off', () => recordedText(records).slice(0, -30), /line 4: it ends in the middle/],
      [
        'a record with a string',
        () => recordedText(records).replaceAll('"value": 50.0', '"value": "50"'),
        /line 2, metrics\.time_to_first_token: value: /,
      ],
      [
        'records that all failed',
        () => recordedText(records).trim().split('\n').at(-1) ?? '',
        /it has no successful request/,
      ],
    ],
  ],
  [
    "the workflow's CSV",
    [
      ['without rows', () => recordedText('workflow/tinygrad.csv').split('\r\n')[0] ?? '', /it has no row$/],
      [
        'without a column',
        () => recordedText('workflow/tinygrad.csv').replace(',uuid\r', ',id\r'),
        /line 1: it has no column uuid/,
      ],
      [
        'a word for a number',
        () => recordedText('workflow/tinygrad.csv').replace('45.0', 'fast'),
        /line 2, total_latency_ms: "fast" is no number/,
      ],
      [
        'NaN',
        () => recordedText('workflow/tinygrad.csv').replace('45.0', 'NaN'),
        /line 2, total_latency_ms: "NaN" is no number/,
      ],
      [
        'cut off',
        () => recordedText('workflow/tinygrad.csv').slice(0, -60),
        /line 15: it has \d+ cells, and there are 16 columns/,
      ],
      [
        'a quote without an end',
        () => `${recordedText('workflow/tinygrad.csv')}7,1,1,1,1,1,"Hello`,
        /line 16: it is no CSV: /,
      ],
    ],
  ],
])('%s, broken', (_, cases) => {
  it.each(cases)('%s', async (__, text, said) => {
    const output = outputFolder();
    const path = join(output, 'broken file');
    writeFileSync(path, text());
    const error = await importCommand([path, '--output', output]).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(UserError);
    if (!(error instanceof UserError)) return;
    expect(error.exitCode).toBe(exitCodes.usage);
    expect(error.message).toMatch(said);
    expect(error.message.startsWith(path)).toBe(true);
    expect(error.message).not.toContain('\n');
    expect(error.message.length).toBeLessThan(path.length + 300);
    expect(error.remedy).not.toBe('');
    expect(readdirSync(output)).toEqual(['broken file']);
  });
});

describe('names in a file are data', () => {
  const hostile = '<script>alert(1)</script>';
  const upwards = '../../../../etc/cron.d/model';

  it.each<[string, (name: string) => string]>([
    ['llama-bench', (name) => benchWith({ model_filename: name, model_type: name, cpu_info: name })],
    ['vLLM', (name) => withValue(serve, 'model_id', name)],
    ['GuideLLM', (name) => withValue(report, 'benchmarks.0.config.backend.model', name)],
    ['AIPerf', (name) => withValue(summary, 'input_config.models', [name])],
    ["the workflow's CSV", (name) => recordedText('workflow/tinygrad.csv').replaceAll(',1B,', `,${name},`)],
  ])('of %s: never a path, and as they were in the record', async (_, text) => {
    const output = outputFolder();
    for (const name of [hostile, upwards]) {
      const path = join(output, 'results');
      writeFileSync(path, text(name));
      await importCommand([path, '--output', output, '--json']);
    }
    expect(readdirSync(output).sort()).toEqual(['foreign', 'foreign.csv', 'results']);
    const written = readdirSync(join(output, 'foreign'));
    expect(written).toHaveLength(4);
    for (const name of written) expect(name).toMatch(/^[0-9a-f]{64}\.(json|raw)$/);
    const names = written
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(output, 'foreign', name), 'utf8')).cells[0].model.name);
    expect(names.sort()).toEqual([upwards, hostile].sort());
  });

  it('a record is refused where its folder is a link that leads out', async () => {
    const [output, outside] = [outputFolder(), outputFolder()];
    mkdirSync(join(outside, 'there'));
    symlinkSync(join(outside, 'there'), join(output, 'foreign'));
    writeFileSync(join(output, 'results'), recordedText(serve));
    await expect(importCommand([join(output, 'results'), '--output', output])).rejects.toThrow('leads out of');
    expect(readdirSync(join(outside, 'there'))).toEqual([]);
    expect(existsSync(join(output, 'foreign.csv'))).toBe(false);
  });
});

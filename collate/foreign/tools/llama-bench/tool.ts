/** llama-bench in all its formats. Only json and jsonl have the repetitions; csv, sql and md have averages. */
import { z } from 'zod';
import { foreignLimits, loggedTextLimits } from '../../../../scripts/command-line/files/input-limits.ts';
import type { ForeignCell, ForeignMetric } from '../../../../scripts/log/foreign-file.ts';
import { llamaBench as definitions } from '../../../definitions/tools/llama-bench.ts';
import type { Content } from '../../content.ts';
import { byColumn, csvHeader, csvRows, numberIn } from '../../csv-rows.ts';
import { fitting, Malformed } from '../../malformed.ts';
import { definedMetric, type Evidence, metricOf } from '../../metric.ts';
import { atMost, type ForeignRead, type ForeignTool } from '../../tool.ts';
import type { BenchTest } from './bench-test.ts';
import { isMarkdown, markdownTests } from './markdown.ts';
import { isSql, sqlRows } from './sql.ts';

const text = z.string().max(loggedTextLimits.path);
const whole = z.int().nonnegative();
const positive = z.number().nonnegative();

/** Of every version: other fields came and went, and are settings. */
const testSchema = z.looseObject({
  build_commit: text,
  build_number: z.int(),
  model_filename: text,
  model_type: text,
  model_size: whole,
  model_n_params: whole,
  n_prompt: whole,
  n_gen: whole,
  /** Since April 2025. */
  n_depth: whole.optional(),
  test_time: text,
  avg_ns: positive,
  stddev_ns: positive,
  avg_ts: positive,
  stddev_ts: positive,
  samples_ns: z.array(z.int().positive()).min(1).max(foreignLimits.entries).optional(),
  samples_ts: z.array(positive).optional(),
});

const hostFields = ['cpu_info', 'gpu_info', 'backends'] as const;

export const llamaBench: ForeignTool = {
  name: 'llama-bench',
  title: definitions.title,
  formats: 'json, jsonl, csv, sql, md',
  recognises: (content) => layoutOf(content) !== undefined,
  read: (content) => {
    const layout = layoutOf(content);
    if (layout === undefined) throw new Malformed(null, 'it has none of the formats of llama-bench');
    return read(testsOf(content, layout), layout);
  },
};

type Layout = 'json' | 'jsonl' | 'csv' | 'sql' | 'md';

function layoutOf(content: Content): Layout | undefined {
  switch (content.kind) {
    case 'json':
      // With one line a file of JSON Lines is one of JSON.
      if (Array.isArray(content.value)) return isTest(content.value[0]) ? 'json' : undefined;
      return isTest(content.value) ? 'jsonl' : undefined;
    case 'json lines':
      return isTest(content.lines[0]?.value) ? 'jsonl' : undefined;
    case 'text':
      if (isSql(content.text)) return 'sql';
      if (csvHeader(content.text).includes('build_commit')) return 'csv';
      return isMarkdown(content.text) ? 'md' : undefined;
    default:
      return content satisfies never;
  }
}

function isTest(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'build_commit' in value;
}

function testsOf(content: Content, layout: Layout): BenchTest[] {
  switch (content.kind) {
    case 'json': {
      const values: readonly unknown[] = Array.isArray(content.value) ? content.value : [content.value];
      return values.map((value, i) => testOf(value, `test ${i + 1}`));
    }
    case 'json lines':
      return content.lines.map(({ line, value }) => testOf(value, `line ${line}`));
    case 'text':
      if (layout === 'md') return markdownTests(content.text);
      return layout === 'sql' ? sqlRows(content.text).map(testOfCells) : csvTests(content.text);
    default:
      return content satisfies never;
  }
}

function csvTests(content: string): BenchTest[] {
  const [header, ...rows] = csvRows(content).filter(({ cells }) => cells.join('').trim() !== '');
  return rows.map((row) => testOfCells({ line: row.line, cells: byColumn(header?.cells ?? [], row) }));
}

const numberFields = Object.entries(testSchema.shape).flatMap(([field, schema]) =>
  schema.safeParse('').success || field.startsWith('samples') ? [] : [field],
);

/** The formats of text have everything in quotes. */
function testOfCells({ line, cells }: { line: number; cells: ReadonlyMap<string, string> }): BenchTest {
  const values = [...cells].map(([field, cell]) => [
    field,
    numberFields.includes(field) ? numberIn(cell, `line ${line}, ${field}`) : cell,
  ]);
  return testOf(Object.fromEntries(values), `line ${line}`);
}

function testOf(value: unknown, place: string): BenchTest {
  const test = fitting(testSchema, value, place);
  if (test.n_prompt + test.n_gen === 0) throw new Malformed(place, 'n_prompt and n_gen are 0: nothing was measured');
  const others = Object.entries(test).filter(
    ([field]) => !(field in testSchema.shape) && !hostFields.some((each) => each === field),
  );
  return {
    version: `${test.build_commit} (${test.build_number})`,
    model: {
      ...{ name: test.model_filename, type: test.model_type },
      ...{ sizeBytes: test.model_size, parameters: test.model_n_params },
    },
    ...{ promptTokens: test.n_prompt, generatedTokens: test.n_gen, depth: test.n_depth ?? null },
    measuredAt: test.test_time,
    speed: { avg: test.avg_ts, stddev: test.stddev_ts },
    time: { avg: test.avg_ns, stddev: test.stddev_ns },
    samplesNs: test.samples_ns ?? null,
    host: Object.fromEntries(hostFields.flatMap((field) => (test[field] ? [[field, String(test[field])]] : []))),
    settings: Object.fromEntries(others.flatMap(([field, each]) => (isSetting(each) ? [[field, each]] : []))),
  };
}

function isSetting(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function read(tests: readonly BenchTest[], layout: Layout): ForeignRead {
  const [first] = tests;
  if (first === undefined) throw new Malformed(null, 'it has no test');
  return {
    toolVersion: first.version,
    layout,
    cells: tests.map((test) => cellOf(test, layout)),
  };
}

function cellOf(test: BenchTest, layout: Layout): ForeignCell {
  const { model, promptTokens, generatedTokens, depth, measuredAt, samplesNs, host, settings } = test;
  const samples = samplesNs === null ? null : samplesNs.length;
  const workload = { promptTokens, generatedTokens, depth, samples };
  return {
    ...{ host, model, measuredAt, settings },
    workload: { ...workload, concurrency: null, requestsPerSecond: null, durationSeconds: null },
    metrics: metricsOf(test, evidenceOf(test, layout)),
  };
}

function metricsOf(test: BenchTest, evidence: Evidence): ForeignMetric[] {
  const speed = { name: 't/s', statistics: test.speed, headline: 'avg' };
  const figure = { tool: definitions, figure: `${kindOf(test)} t/s`, version: null };
  const rate = definedMetric(speed, figure, evidence);
  if (test.time === null) return [rate];
  const time = metricOf({ name: 'ns', statistics: test.time, headline: 'avg' }, timeDefinition, evidence);
  return [rate, time];
}

const timeDefinition = {
  unit: 'ns',
  definition: 't, mean over repetitions',
  source: `${definitions.source.repository}, tools/llama-bench/llama-bench.cpp: test::avg_ns`,
  ours: null,
};

function kindOf({ promptTokens, generatedTokens }: BenchTest): 'pp' | 'tg' | 'pg' {
  if (generatedTokens === 0) return 'pp';
  return promptTokens === 0 ? 'tg' : 'pg';
}

function evidenceOf(test: BenchTest, layout: Layout): Evidence {
  const kind = kindOf(test);
  if (test.samplesNs === null) {
    return {
      kind: 'none',
      reason: `the ${layout} of llama-bench has averages only; json and jsonl have the repetitions`,
    };
  }
  if (kind === 'pg') return { kind: 'none', reason: 'prompt and generation were timed as one' };
  const tokens = test.promptTokens + test.generatedTokens;
  const kernels = atMost(test.samplesNs, 'repetitions').map((durationNs) => ({ test: kind, tokens, durationNs }));
  return { kind: 'timed', timed: { requests: [], answers: [], kernels }, lacks: {}, notes: [] };
}

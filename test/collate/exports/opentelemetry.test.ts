/** Histograms of answers of known length: TTFT 50 ms, gaps of 10 ms, unless a test says otherwise. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { opentelemetry } from '../../../collate/exports/metrics/opentelemetry.ts';
import { collateAll } from '../../../collate/incremental/collate-all.ts';
import { readTable } from '../../../collate/tables/read.ts';
import { runsTable } from '../../../scripts/results/runs/runs.ts';
import type { LogShape } from '../log-factory.ts';
import { outputFolder } from '../output-folder.ts';
import { gateReport, gateRow } from './gate-reports.ts';

const attribute = z.object({ key: z.string(), value: z.strictObject({ stringValue: z.string() }) });
const instant = z.string().regex(/^\d{19}$/);
const histogramPoint = z.strictObject({
  startTimeUnixNano: instant,
  timeUnixNano: instant,
  count: z.string().regex(/^\d+$/),
  sum: z.number(),
  min: z.number(),
  max: z.number(),
  bucketCounts: z.array(z.string().regex(/^\d+$/)),
  explicitBounds: z.array(z.number()),
  attributes: z.array(attribute),
});
const metric = z.strictObject({
  name: z.string(),
  description: z.string(),
  unit: z.string(),
  gauge: z
    .strictObject({
      dataPoints: z.array(
        z.strictObject({ timeUnixNano: instant, asDouble: z.number(), attributes: z.array(attribute) }),
      ),
    })
    .optional(),
  histogram: z.strictObject({ aggregationTemporality: z.literal(2), dataPoints: z.array(histogramPoint) }).optional(),
});
const scope = z.strictObject({ name: z.string(), version: z.string(), attributes: z.array(attribute).optional() });
/** Names of metrics.proto, as OTLP writes them in JSON; none other. */
const requestSchema = z.strictObject({
  resourceMetrics: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes: z.array(attribute) }),
      scopeMetrics: z.array(z.strictObject({ scope, metrics: z.array(metric) })),
    }),
  ),
});

async function exported(...shapes: LogShape[]) {
  const { path, log } = outputFolder();
  for (const shape of shapes) log(shape);
  await collateAll({ output: path });
  const text = await opentelemetry.ofRuns?.({ output: path, runs: readTable(path, runsTable) });
  const { resourceMetrics } = requestSchema.parse(JSON.parse(text ?? ''));
  const scopes = resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics);
  const metrics = scopes.flatMap((each) => each.metrics);
  return { scopes, metrics, named: (name: string) => metrics.find((each) => each.name === name) };
}

const attributesOf = (attributes: ReadonlyArray<z.infer<typeof attribute>>) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));

const answers = [
  { phase: 'cold' as const, ttftMs: 900 },
  { ttftMs: 50, gapsMs: [10, 30] },
  { ttftMs: 300, gapsMs: [10, 700] },
];

it('every measured answer and gap is in a bucket, under the names of both sides', async () => {
  const { named } = await exported({ answers });
  const first = named('gen_ai.client.operation.time_to_first_chunk')?.histogram?.dataPoints[0];
  expect(first).toMatchObject({ count: '2', min: 0.05, max: 0.3 });
  expect(first?.sum).toBeCloseTo(0.35, 12);
  // Up to 0.08 s and up to 0.32 s.
  expect(first?.bucketCounts.map(Number)).toEqual([0, 0, 0, 1, 0, 1, ...Array(9).fill(0)]);
  expect(first?.explicitBounds).toEqual([
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
  ]);
  const gaps = named('gen_ai.client.operation.time_per_output_chunk')?.histogram?.dataPoints[0];
  // A value on a bound belongs to the bucket below it.
  expect(gaps?.bucketCounts.map(Number)).toEqual([2, 0, 1, 0, 0, 0, 0, 1, ...Array(7).fill(0)]);
  expect(named('gen_ai.server.time_to_first_token')?.histogram?.dataPoints[0]?.count).toBe('2');
  const perToken = named('gen_ai.server.time_per_output_token')?.histogram?.dataPoints[0];
  // Means of 10 and 30, of 10 and 700 milliseconds.
  expect(perToken).toMatchObject({ count: '2', min: 0.02, max: 0.355 });
});

it('the version of the conventions is recorded, and the attributes that they require', async () => {
  const { scopes, named } = await exported({ answers });
  const conventions = scopes.filter(({ scope: { name } }) => name.includes('gen_ai'));
  expect(conventions.map(({ scope: { name } }) => name)).toEqual(['tokenlap.gen_ai.client', 'tokenlap.gen_ai.server']);
  for (const { scope: each } of conventions) {
    expect(attributesOf(each.attributes ?? [])).toEqual({
      'tokenlap.conventions.name': 'open-telemetry/semantic-conventions-genai',
      'tokenlap.conventions.version': '0.1.0',
    });
  }
  const point = named('gen_ai.client.operation.duration')?.histogram?.dataPoints[0];
  expect(attributesOf(point?.attributes ?? [])).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'llamacpp',
    'gen_ai.request.model': expect.any(String),
  });
});

it('what was measured through a server has no figures of the server', async () => {
  const settings = { threads: 2, serverModel: 'tiny' };
  const { metrics } = await exported({ answers, framework: 'openai', effective: { settings } });
  const names = metrics.map(({ name }) => name).filter((name) => name.startsWith('gen_ai.'));
  expect(names).toContain('gen_ai.client.operation.time_to_first_chunk');
  expect(names.filter((name) => name.startsWith('gen_ai.server.'))).toEqual([]);
});

it('tokens that arrive together are one chunk', async () => {
  const { named } = await exported({ answers: [{ phase: 'cold' }, { gapsMs: [0, 0, 20, 0, 20] }] });
  expect(named('gen_ai.client.operation.time_per_output_chunk')?.histogram?.dataPoints[0]?.count).toBe('2');
});

it('figures are gauges in base units, at the start of the newest run', async () => {
  const { named } = await exported({ number: 1, answers }, { number: 2, answers });
  const ttft = named('tokenlap.ttft_seconds');
  expect(ttft?.unit).toBe('s');
  expect(ttft?.gauge?.dataPoints.map(({ asDouble }) => asDouble)).toEqual([0.175]);
  expect(named('tokenlap.decode_tokens_per_second')?.unit).toBe('{token}/s');
  expect(named('tokenlap.runs')?.gauge?.dataPoints[0]?.asDouble).toBe(1);
});

it('a gate report is gauges, and half a character in a name is spelled out', () => {
  const text = opentelemetry.ofGate?.(gateReport([gateRow({ cell: '\ud800' })])) ?? '';
  const { resourceMetrics } = requestSchema.parse(JSON.parse(text));
  const metrics = resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((each) => each.metrics));
  const ratio = metrics.find(({ name }) => name === 'tokenlap.gate_ratio')?.gauge?.dataPoints[0];
  expect(ratio?.asDouble).toBe(0.9986);
  expect(attributesOf(ratio?.attributes ?? []).cell).toBe('\\ud800');
});

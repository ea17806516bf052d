/**
 * The CSV of the workflow that this project grew from: a row a step, as tinygrad's example prints it, or a row a test of llama-bench.
 * Our own tables begin with its columns and have more.
 */

import type { ForeignCell, ForeignMetric } from '../../../../scripts/log/foreign-file.ts';
import { mean, median } from '../../../../scripts/statistics/statistics.ts';
import { answerOf, piecesNs, unknownPrefill } from '../../answer.ts';
import { byColumn, csvHeader, csvRows, numberIn } from '../../csv-rows.ts';
import { Malformed } from '../../malformed.ts';
import { type Evidence, metricOf, type OwnDefinition } from '../../metric.ts';
import type { ForeignTool } from '../../tool.ts';

const figures = [
  'enqueue_latency_ms',
  'total_latency_ms',
  'tokens_per_sec',
  'memory_throughput_gb_s',
  'param_throughput_gb_s',
] as const;
const facts = ['platform', 'release', 'device', 'username', 'hostname', 'size', 'quantize', 'seed', 'uuid'] as const;
const columns: readonly string[] = ['step', ...figures, 'generated_text', ...facts];

type Figure = (typeof figures)[number];

interface Step {
  line: number;
  step: number;
  values: Readonly<Record<Figure, number | null>>;
  text: string;
  facts: Readonly<Record<(typeof facts)[number], string>>;
}

export const workflow: ForeignTool = {
  name: 'workflow',
  title: 'the CSV of the benchmark workflow (step, enqueue_latency_ms, total_latency_ms, ...)',
  formats: 'csv',
  recognises: (content) => content.kind === 'text' && begins(csvHeader(content.text)),
  read: (content) => {
    if (content.kind !== 'text') throw new Malformed(null, 'it is no CSV');
    const runs = runsOf(stepsOf(content.text));
    return { toolVersion: null, layout: 'csv', cells: runs.map(cellOf) };
  },
};

function begins(header: readonly string[]): boolean {
  return columns.slice(0, 4).every((column, i) => header[i] === column);
}

function stepsOf(text: string): Step[] {
  const [header, ...rows] = csvRows(text).filter(({ cells }) => cells.join('').trim() !== '');
  const found = header?.cells ?? [];
  if (columns.every((column) => found.includes(column)) && found.length > columns.length) {
    throw new Malformed(null, 'it is a table of Tokenlap: bring its raw logs together and collate them instead');
  }
  const missing = columns.filter((column) => !found.includes(column));
  if (missing.length > 0) throw new Malformed('line 1', `it has no column ${missing.join(', ')}`);
  if (rows.length === 0) throw new Malformed(null, 'it has no row');
  return rows.map((row) => {
    const cells = byColumn(found, row);
    const number = (column: string) => {
      const cell = cells.get(column) ?? '';
      return cell === '' ? null : numberIn(cell, `line ${row.line}, ${column}`);
    };
    const [enqueue_latency_ms, total_latency_ms, tokens_per_sec, memory_throughput_gb_s, param_throughput_gb_s] =
      figures.map(number);
    const step = number('step');
    if (step === null) throw new Malformed(`line ${row.line}`, 'it has no step');
    const fact = (column: (typeof facts)[number]) => cells.get(column) ?? '';
    return {
      ...{ line: row.line, step, text: cells.get('generated_text') ?? '' },
      values: {
        enqueue_latency_ms: enqueue_latency_ms ?? null,
        total_latency_ms: total_latency_ms ?? null,
        tokens_per_sec: tokens_per_sec ?? null,
        memory_throughput_gb_s: memory_throughput_gb_s ?? null,
        param_throughput_gb_s: param_throughput_gb_s ?? null,
      },
      facts: {
        ...{ platform: fact('platform'), release: fact('release'), device: fact('device') },
        ...{ username: fact('username'), hostname: fact('hostname'), size: fact('size') },
        ...{ quantize: fact('quantize'), seed: fact('seed'), uuid: fact('uuid') },
      },
    };
  });
}

/** A run ends where its facts change or its steps begin again: the facts may be empty. */
function runsOf(steps: readonly Step[]): Step[][] {
  const runs: Step[][] = [];
  let before: Step | undefined;
  for (const step of steps) {
    const same =
      before !== undefined &&
      step.step > before.step &&
      facts.every((each) => step.facts[each] === before?.facts[each]);
    if (same) runs.at(-1)?.push(step);
    else runs.push([step]);
    before = step;
  }
  return runs;
}

function cellOf(run: readonly Step[]): ForeignCell {
  const [first] = run;
  if (first === undefined) throw new TypeError('a run has a step');
  const { size, quantize, platform, release, device, hostname, username, seed, uuid } = first.facts;
  const told = (values: Record<string, string>) =>
    Object.fromEntries(Object.entries(values).filter(([, each]) => each !== ''));
  const evidence = evidenceOf(run);
  const metrics = figures.flatMap((figure): ForeignMetric[] => {
    const values = run.flatMap(({ values: { [figure]: value } }) => (value === null ? [] : [value]));
    // Its collation of llama-bench writes 0 for what it does not know.
    if (values.length === 0 || (isAverage(run) && values.every((value) => value === 0))) return [];
    const sorted = values.toSorted((a, b) => a - b);
    const extremes = { min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
    const statistics = { mean: mean(values), median: median(values), ...extremes };
    return [
      metricOf({ name: figure, statistics, headline: 'mean', origin: 'recomputed' }, definitions[figure], evidence),
    ];
  });
  if (metrics.length === 0) throw new Malformed(`line ${first.line}`, 'the run has no figure');
  return {
    host: told({ platform, release, device, hostname, username }),
    model: {
      name: size === '' ? null : size,
      type: quantize === '' ? null : quantize,
      sizeBytes: null,
      parameters: null,
    },
    workload: {
      ...{ promptTokens: null, generatedTokens: isAverage(run) ? null : run.length, concurrency: 1 },
      ...{ requestsPerSecond: null, depth: null, samples: run.length, durationSeconds: null },
    },
    measuredAt: null,
    settings: told({ seed, uuid }),
    metrics,
  };
}

const source = 'the workflow document: CSV schema';
const definitions: Readonly<Record<Figure, OwnDefinition>> = {
  enqueue_latency_ms: { unit: 'ms', definition: 'time to hand the work of a step to the device', source, ours: null },
  total_latency_ms: { unit: 'ms', definition: 'time of a step, from its call to its token', source, ours: 'tpot_ms' },
  tokens_per_sec: {
    unit: 'tokens/s',
    definition: '1 / time of a step, mean over steps',
    source,
    ours: 'decode_tokens_per_s',
  },
  memory_throughput_gb_s: {
    unit: 'GB/s',
    definition: 'bytes that the step reads and writes / its time',
    source,
    ours: null,
  },
  param_throughput_gb_s: { unit: 'GB/s', definition: 'bytes of the weights / time of a step', source, ours: null },
};

/** What its collation makes of llama-bench: averages, with zeros for what is not known. */
function isAverage(run: readonly Step[]): boolean {
  return run.every(
    ({ text, values }) => text === '' && values.enqueue_latency_ms === 0 && values.memory_throughput_gb_s === 0,
  );
}

function evidenceOf(run: readonly Step[]): Evidence {
  if (isAverage(run)) {
    return { kind: 'none', reason: 'a row is an average of llama-bench; import the jsonl that it was made of' };
  }
  const times = run.flatMap(({ values }) => (values.total_latency_ms === null ? [] : [values.total_latency_ms / 1e3]));
  const [first] = times;
  if (first === undefined || times.length !== run.length)
    return { kind: 'none', reason: 'not every step has its time' };
  const { answer, request } = answerOf({
    startNs: 0,
    chunksNs: piecesNs(first, times.slice(1)),
    tokens: run.length,
    promptTokens: 0,
  });
  return {
    kind: 'timed',
    timed: { answers: [answer], requests: [request], kernels: [] },
    lacks: { ...unknownPrefill, ttft_ms: 'it does not tell when the request came' },
    notes: [
      'steps are taken to follow each other at once: the file does not tell what lay between them',
      'the first step, which ends with t1, does not count',
    ],
  };
}

/**
 * What report.json is: the report's document, and the figures behind it for programs. Figures are those of the tables:
 * names of runs.csv, in its units, the value of every run beside the mean.
 */
import { z } from 'zod';
import { decisions } from '../data/verdicts.ts';
import { documentSchema } from './document.ts';

const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();
const words = z.string().nullable();
const figure = z.number().nullable();

const interval = z.strictObject({ low: z.number(), high: z.number(), level: z.literal(0.95) });

const metric = z.strictObject({
  /** Column of runs.csv. */
  name: z.string(),
  title: z.string(),
  unit: z.string(),
  /** Runs that have the figure. */
  n: z.int(),
  /** Geometric over the runs; the arithmetic one where a value is not above 0. */
  mean: z.number(),
  /** Null below three runs. */
  interval: interval.nullable(),
  /** What is true is at least this. */
  lower_bound: z.boolean(),
  values: list(z.strictObject({ run: z.string(), value: z.number() })),
});

const result = z.strictObject({
  /** The name that comparisons use: unique within its group. */
  name: z.string(),
  framework: z.string(),
  framework_version: words,
  quantize: z.string(),
  /** What distinguishes it from others of the same framework; empty where there are none. */
  setting: z.string(),
  threads: figure,
  ranked: z.boolean(),
  /** Why not; null where it is ranked. */
  not_ranked_because: words,
  parity: z.enum(['passed', 'failed', 'unchecked']),
  certificate_failed: z.int(),
  runs: list(z.string()),
  metrics: list(metric),
});

const kernelResult = z.strictObject({
  hostname: words,
  device: words,
  model: words,
  n_prompt: figure,
  n_gen: figure,
  depth: figure,
  result,
});

const comparison = z.strictObject({
  metric: z.string(),
  better: z.enum(['higher', 'lower']),
  /** `next`: the best beside the next framework; `slowest`: each beside the slowest. */
  beside: z.enum(['next', 'slowest']),
  faster: z.string(),
  slower: z.string(),
  /** How many times as good. */
  ratio: z.number(),
  interval: interval.nullable(),
  /** Corrected after Holm over the contenders. */
  p_holm: z.number(),
  decision: z.enum(decisions),
  verdict: z.string(),
  /** Runs of each that a verdict needs; null where the difference is too small to count. */
  rounds_needed: figure,
});

const group = z.strictObject({
  hostname: z.string(),
  device: z.string(),
  model: z.string(),
  weight_class: z.string(),
  /** The task, where a place has several. */
  condition: z.string(),
  synthetic: z.boolean(),
  results: list(result),
  comparisons: list(comparison),
});

const host = z.strictObject({
  hostname: z.string(),
  platform: words,
  release: words,
  cpu_model: words,
  physical_cores: figure,
  usable_cores: figure,
  memory_bytes: figure,
  devices: list(z.string()),
});

const model = z.strictObject({
  model: words,
  source: words,
  synthetic: z.boolean(),
  parameters: figure,
  quantize: words,
  weight_class: words,
  bits_per_weight: figure,
  bytes: figure,
  sha256: words,
});

const notRun = z.strictObject({
  run: words,
  framework: words,
  model: words,
  quantize: words,
  hostname: words,
  device: words,
  workload: words,
  status: words,
  error: words,
  remedy: words,
  log: words,
});

const warning = z.strictObject({
  code: z.string(),
  /** How many runs said so. */
  runs: z.int(),
  workloads: list(z.string()),
  frameworks: list(z.string()),
});

const resultsSchema = z.strictObject({
  hosts: list(host),
  models: list(model),
  /** Results of the question workload. */
  groups: list(group),
  /** Results of the kernel workload; its rates compare with no others. */
  kernel: list(kernelResult),
  warnings: list(warning),
  did_not_run: list(notRun),
});

export type Results = z.infer<typeof resultsSchema>;

export const reportFileSchema = documentSchema.extend({ results: resultsSchema });

export type ReportFile = z.infer<typeof reportFileSchema>;

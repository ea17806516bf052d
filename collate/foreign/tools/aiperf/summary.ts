/** profile_export_aiperf.json, schema 1.0 to 1.5, and before it had a version: a block of statistics a metric. */
import { z } from 'zod';
import { loggedTextLimits } from '../../../../scripts/command-line/files/input-limits.ts';
import type { ForeignCell } from '../../../../scripts/log/foreign-file.ts';
import { fitting, Malformed } from '../../malformed.ts';
import type { ForeignRead } from '../../tool.ts';
import { aiperfMetric, isStatistic, knownTags, shapes, summariesOnly } from './metrics.ts';

const name = z.string().max(loggedTextLimits.name);
const text = z.string().max(loggedTextLimits.path);

const blockSchema = z.looseObject({ unit: name, avg: z.number() });

const summarySchema = z.looseObject({
  schema_version: name.optional(),
  aiperf_version: name.optional(),
  start_time: name.nullable().optional(),
  was_cancelled: z.boolean().nullable().optional(),
  input_config: z.unknown().optional(),
});

export function isSummary(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  // GenAI-Perf, whose shape it has, says none of these.
  const isAiperf =
    'aiperf_version' in value || 'was_cancelled' in value || ('schema_version' in value && !('tool' in value));
  return isAiperf && [...knownTags, 'input_config', 'error_summary'].some((field) => field in value);
}

/** @throws Malformed for a metric without unit and average, and where there is no metric */
export function readSummary(value: unknown): ForeignRead {
  const summary = fitting(summarySchema, value, null);
  const metrics = knownTags.flatMap((tag) => {
    const block = blockOf(summary, tag);
    return block === undefined ? [] : (aiperfMetric({ tag, unit: block.unit }, block.statistics, summariesOnly) ?? []);
  });
  if (metrics.length === 0) throw new Malformed(null, 'it has no metric that is known');
  const average = (tag: string) => blockOf(summary, tag)?.statistics.avg ?? null;
  const { model, concurrency, requestsPerSecond } = configOf(summary.input_config);
  const cell: ForeignCell = {
    host: {},
    model: { name: model, type: null, sizeBytes: null, parameters: null },
    workload: {
      promptTokens: average(shapes.promptTokens.tag),
      generatedTokens: average(shapes.generatedTokens.tag),
      ...{ concurrency, requestsPerSecond, depth: null },
      samples: average(shapes.samples.tag),
      durationSeconds: average(shapes.durationSeconds.tag),
    },
    measuredAt: summary.start_time ?? null,
    settings: summary.was_cancelled == null ? {} : { was_cancelled: summary.was_cancelled },
    metrics,
  };
  const layout = `json, schema ${summary.schema_version ?? 'without version'}`;
  return { toolVersion: summary.aiperf_version ?? null, layout, cells: [cell] };
}

/** Undefined where the file has no such metric. */
function blockOf(summary: Readonly<Record<string, unknown>>, tag: string) {
  if (!Object.hasOwn(summary, tag) || summary[tag] === null) return undefined;
  const block = fitting(blockSchema, summary[tag], tag);
  const numbers = Object.entries(block).flatMap(
    ([field, value]): Array<[string, number]> =>
      isStatistic(field) && value !== null ? [[field, fitting(z.number(), value, `${tag}.${field}`)]] : [],
  );
  const statistics: Record<string, number> = Object.fromEntries(numbers);
  return { unit: block.unit, statistics };
}

const positive = z.number().nonnegative().nullable().optional();

/** Earlier versions: options of the command by group. */
const groupedSchema = z.looseObject({
  endpoint: z.looseObject({ model_names: z.array(text).min(1) }),
  loadgen: z.looseObject({ concurrency: positive, request_rate: positive }).optional(),
});

const modelItem = z.union([text, z.looseObject({ name: text })]);
/** Later ones: the settings of a YAML file, with phases. */
const phasedSchema = z.looseObject({
  model: modelItem.optional(),
  models: z.union([z.array(modelItem), z.looseObject({ items: z.array(modelItem) })]).optional(),
  phases: z.unknown().optional(),
});
const phaseSchema = z.looseObject({
  exclude_from_results: z.boolean().optional(),
  concurrency: positive,
  rate: positive,
});

/** What the settings tell of model and load, as far as they are known: their form has changed often. */
function configOf(config: unknown): {
  model: string | null;
  concurrency: number | null;
  requestsPerSecond: number | null;
} {
  const grouped = groupedSchema.safeParse(config);
  if (grouped.success) {
    const { endpoint, loadgen } = grouped.data;
    const load = { concurrency: loadgen?.concurrency ?? null, requestsPerSecond: loadgen?.request_rate ?? null };
    return { model: endpoint.model_names[0] ?? null, ...load };
  }
  const phased = phasedSchema.safeParse(config);
  if (!phased.success) return { model: null, concurrency: null, requestsPerSecond: null };
  const { model, models } = phased.data;
  const item = model ?? (Array.isArray(models) ? models[0] : models?.items[0]);
  const phases: readonly unknown[] = Object.values(phased.data.phases ?? {});
  const measured = phases
    .flatMap((phase) => {
      const parsed = phaseSchema.safeParse(phase);
      return parsed.success ? [parsed.data] : [];
    })
    .findLast(({ exclude_from_results: excluded }) => excluded !== true);
  return {
    model: typeof item === 'string' ? item : (item?.name ?? null),
    ...{ concurrency: measured?.concurrency ?? null, requestsPerSecond: measured?.rate ?? null },
  };
}

/** A run as MLflow keeps it: settings are parameters, figures are metrics, the rest are tags. */
import { printable } from '../../../scripts/command-line/printable-text.ts';
import { type RunRow, runColumns } from '../../../scripts/results/runs/runs.ts';
import { subjectColumns } from '../../../scripts/results/runs/subject.ts';

export interface RunEntities {
  params: Array<{ key: string; value: string }>;
  metrics: Array<{ key: string; value: number; timestamp: number; step: number }>;
  tags: Array<{ key: string; value: string }>;
  /** Columns whose text is longer than MLflow takes. */
  leftOut: string[];
}

/** Of MLflow, in characters: mlflow/utils/validation.py, MAX_PARAM_VAL_LENGTH and MAX_TAG_VAL_LENGTH. */
const longestParam = 6000;
const longestTag = 5000;

/** By this tag a run is found again. */
export const uuidTag = 'tokenlap.uuid';

const settings: ReadonlySet<string> = new Set(subjectColumns.map(({ name }) => name));
/** Facts of how a run ended: they are no settings. */
const outcomes: ReadonlySet<string> = new Set(['uuid', 'status', 'error', 'remedy', 'started_at', 'comparable']);

export function runEntities(run: RunRow): RunEntities {
  const entities: RunEntities = { params: [], metrics: [], tags: [], leftOut: [] };
  const { timestamp } = timesOf(run);
  for (const { name, type } of runColumns) {
    const raw = run[name];
    const value = typeof raw === 'string' ? printable(raw) : raw;
    if (value === null || value === '') continue;
    const isSetting = settings.has(name) && !outcomes.has(name);
    if (typeof value === 'number' && !isSetting) {
      entities.metrics.push({ key: name, value, timestamp, step: 0 });
    } else if (String(value).length > (isSetting ? longestParam : longestTag)) {
      entities.leftOut.push(name);
    } else if (isSetting) {
      entities.params.push({ key: name, value: String(value) });
    } else if (type !== 'number') {
      entities.tags.push({ key: `tokenlap.${name}`, value: String(value) });
    }
  }
  if (entities.leftOut.length > 0) entities.tags.push({ key: 'tokenlap.left_out', value: entities.leftOut.join(';') });
  return entities;
}

/** Milliseconds since 1970: when it started, and when its last answer was there. */
export function timesOf({ started_at, total_time_ms }: RunRow): { timestamp: number; end: number } {
  const started = Date.parse(started_at ?? '');
  const timestamp = Number.isNaN(started) ? 0 : started;
  return { timestamp, end: Math.round(timestamp + (total_time_ms ?? 0)) };
}

/** MLflow's word for how a run ended. */
export function statusOf({ status }: RunRow): 'FINISHED' | 'FAILED' | 'KILLED' {
  if (status === 'completed') return 'FINISHED';
  return status === 'interrupted' || status === 'killed' ? 'KILLED' : 'FAILED';
}

/** 'llamacpp SmolLM2-135M q4_0 qa'. */
export function runName({ framework, model, quantize, workload }: RunRow): string {
  return [framework, model, quantize, workload].filter((word) => word !== null).join(' ');
}

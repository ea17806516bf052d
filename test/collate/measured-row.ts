/** Rows that were made up without a log: what they measured follows from their columns. */
import type { RunRow } from '../../scripts/results/runs/runs.ts';

type Name = keyof RunRow;

/** Where a log has what the column shows. */
const fields: ReadonlyArray<readonly [field: string, column: Name]> = [
  ['workload', 'workload'],
  ['session', 'session'],
  ['framework.name', 'framework'],
  ['framework.version', 'framework_version'],
  ['model.name', 'model'],
  ['model.sha256', 'model_sha256'],
  ['model.quantize', 'quantize'],
  ['model.weightClass', 'weight_class'],
  ['host.hostname', 'hostname'],
  ['requested.maxTokens', 'max_tokens'],
  ['requested.temperature', 'temperature'],
  ['requested.nPrompt', 'n_prompt'],
  ['requested.nGen', 'n_gen'],
  ['requested.depth', 'depth'],
  ['requested.batchTexts', 'embed_batch_texts'],
  ['effective.device', 'device'],
  ['effective.settings.threads', 'threads'],
  ['effective.settings.gpuLayers', 'gpu_layers'],
  ['effective.settings.contextTokens', 'context_tokens'],
  ['effective.settings.batchTokens', 'batch_tokens'],
  ['effective.settings.flashAttention', 'flash_attention'],
  ['effective.settings.kvType', 'kv_type'],
  ['effective.settings.precision', 'precision'],
  ['effective.settings.compile', 'compile'],
  ['effective.settings.deviceCount', 'device_count'],
  ['effective.settings.shard', 'shard'],
];

export function measuredRow(row: RunRow): RunRow {
  const known = fields.map(([field, column]) => [field, row[column]] as const).filter(([, value]) => value !== null);
  return { ...row, measurement: JSON.stringify(Object.fromEntries(known.sort(([a], [b]) => (a < b ? -1 : 1)))) };
}

import { differingSettings } from '../../../collate/analysis/group-names.ts';
import { groupRuns } from '../../../collate/analysis/groups.ts';
import { modelName } from '../../data/groups.ts';
import { metricOf, summaryOf } from '../../data/metric.ts';
import { note, type Section } from '../document.ts';
import type { ReportInput } from '../report-input.ts';
import { count, figure, left, right, withoutConstants, words } from '../table.ts';

/** Rates of embedded tokens have a table of their own: nothing is generated, so they compare with no other rate. */
export function embeddingWorkload({ data }: ReportInput): Section | null {
  const groups = groupRuns(data.runs).filter(({ key }) => key.workload === 'embedding');
  if (groups.length === 0) return null;
  const keys = groups.map(({ key }) => key);
  const rows = groups.map(({ key, runs }) => {
    const synthetic = runs.some((run) => run.synthetic === true);
    const mean = (column: Parameters<typeof metricOf>[0]) => figure(summaryOf(runs, metricOf(column))?.center ?? null);
    return [
      words(key.hostname),
      words(key.device),
      words(modelName({ model: key.model ?? '', synthetic })),
      words(key.quantize),
      words([key.framework, ...differingSettings(key, keys)].join(' · ')),
      figure(key.embed_batch_texts),
      figure(key.threads),
      count(runs.length),
      mean('embed_tokens_per_s'),
      mean('embed_texts_per_s'),
      mean('embed_batch_ms'),
      mean('embed_batch_cold_ms'),
    ];
  });
  return {
    id: 'embedding-workload',
    title: 'Embedding workload',
    blocks: [
      withoutConstants({
        kind: 'table',
        caption: 'Rates of the embedding workload, geometric mean over runs',
        columns: [
          ...[left('Host'), left('Device'), left('Model'), left('Quantisation'), left('Framework')],
          ...[right('Texts a batch'), right('Threads'), right('Runs')],
          ...[right('Embedding rate', 'tokens/s'), right('Texts embedded', 'texts/s')],
          ...[right('Batch', 'ms'), right('Cold batch', 'ms')],
        ],
        rows,
      }),
      note(
        'A vector for each text, pooled as the model has it. Tokens per second count from tokens to vectors, texts per second and batches from texts to vectors. Not comparable with rates of generated tokens.',
      ),
    ],
  };
}

/** The figures that two builds are compared in, and which of them were declared beforehand to be able to fail one. */

import { type RunRow, runColumns } from '../../../scripts/results/runs/runs.ts';
import { isPrimary } from '../../analysis/measures.ts';

type NumberColumn = { [Name in keyof RunRow]: RunRow[Name] extends number | null ? Name : never }[keyof RunRow];

export interface Metric {
  column: NumberColumn;
  higherIsBetter: boolean;
  primary: boolean;
}

const higher = (column: NumberColumn): Metric => ({ column, higherIsBetter: true, primary: isPrimary({ column }) });
const lower = (column: NumberColumn): Metric => ({ column, higherIsBetter: false, primary: isPrimary({ column }) });

const ofAnswers: readonly Metric[] = [
  higher('decode_tokens_per_s'),
  higher('prefill_tokens_per_s'),
  lower('ttft_ms'),
  lower('ttft_cold_ms'),
  lower('itl_p95_ms'),
  lower('e2e_mean_ms'),
];

const ofKernels: readonly Metric[] = [higher('tg_tokens_per_s'), higher('pp_tokens_per_s')];

const ofEmbeddings: readonly Metric[] = [
  higher('embed_tokens_per_s'),
  higher('embed_texts_per_s'),
  lower('embed_batch_ms'),
];

const ofAll: readonly Metric[] = [lower('peak_rss_bytes'), lower('engine_start_ms'), lower('model_load_ms')];

export function metricsOf(workload: string | null): readonly Metric[] {
  switch (workload) {
    case 'qa':
      return [...ofAnswers, ...ofAll];
    case 'kernel':
      return [...ofKernels, ...ofAll];
    case 'embedding':
      return [...ofEmbeddings, ...ofAll];
    default:
      return ofAll;
  }
}

export function namesOf({ column }: Metric): { title: string; unit: string } {
  const { title, unit } = runColumns.find(({ name }) => name === column) ?? { title: column, unit: '' };
  return { title, unit };
}

/** Columns of accuracy.csv with a scored text: from its chunks as far as it got, and all figures where it is complete. */

import { lastOf, type Run, recordsOf } from '../../results/run.ts';
import { columnsOf } from '../../results/table.ts';
import { perplexityOf } from './figures.ts';
import type { LikelihoodChunkRecord, LikelihoodReferenceRecord, PerplexityRecord, TextRecord } from './records.ts';

export interface ScoredText {
  text: TextRecord;
  reference: LikelihoodReferenceRecord | null;
  chunks: readonly LikelihoodChunkRecord[];
  perplexity: ReturnType<typeof perplexityOf> | null;
  /** Time to evaluate and score the chunks. */
  workNs: number;
  /** Whether the run got to its last chunk. */
  complete: boolean;
  divergence: PerplexityRecord['divergence'];
}

/** Null in runs of other workloads. */
export function scoredText(run: Run): ScoredText | null {
  const text = lastOf(run, 'text');
  if (text === null) return null;
  const chunks = recordsOf(run, 'likelihood_chunk');
  const result = lastOf(run, 'perplexity');
  return {
    text,
    reference: lastOf(run, 'likelihood_reference'),
    chunks,
    perplexity: chunks.length === 0 ? null : perplexityOf(chunks),
    workNs: chunks.reduce((sum, { startNs, endNs }) => sum + endNs - startNs, 0),
    complete: result !== null,
    divergence: result?.divergence ?? null,
  };
}

const { text, whole, number, flag } = columnsOf<{ scored: ScoredText | null }>();

export const likelihoodColumns = [
  text('text', 'Text', 'name of the text that was scored').of(({ scored }) => scored?.text.file),
  text('text_sha256', 'Text hash', 'sha256 of the text').of(({ scored }) => scored?.text.sha256),
  whole('chunks', '', 'Chunks', 'of the text, each evaluated from an empty cache').of(
    ({ scored }) => scored?.chunks.length,
  ),
  whole('chunk_tokens', 'tokens', 'Context', 'tokens of a chunk').of(({ scored }) => scored?.text.chunkTokens),
  whole('scored_tokens', 'tokens', 'Scored tokens', 'tokens whose probability counts').of(({ scored }) =>
    scored?.chunks.reduce((sum, { tokens }) => sum + tokens, 0),
  ),
  number('perplexity', '', 'Perplexity', 'exp of the mean negative log-likelihood of the scored tokens').of(
    ({ scored }) => scored?.perplexity?.value,
  ),
  number('perplexity_error', '', 'Error of the perplexity', 'standard error').of(
    ({ scored }) => scored?.perplexity?.error,
  ),
  text('reference', 'Reference', 'framework:format whose probabilities are the reference').of(({ scored }) =>
    scored?.reference ? `${scored.reference.framework}:${scored.reference.quantize}` : null,
  ),
  text('reference_model_sha256', 'Model hash of the reference', 'sha256 of its model file').of(
    ({ scored }) => scored?.reference?.modelSha256,
  ),
  flag('is_reference', 'Is the reference', 'true in the run of the reference itself').of(
    ({ scored }) => scored?.reference?.self,
  ),
  number('reference_perplexity', '', 'Perplexity of the reference', 'on the same tokens').of(
    ({ scored }) => scored?.divergence?.referencePerplexity.value,
  ),
  number('perplexity_ratio', '', 'Ratio of perplexities', 'of this run to the reference').of(
    ({ scored }) => scored?.divergence?.ratio.value,
  ),
  number('perplexity_ratio_error', '', 'Error of the ratio', 'standard error of the paired tokens').of(
    ({ scored }) => scored?.divergence?.ratio.error,
  ),
  number('kl_mean', 'nats', 'Mean KL divergence', 'KL(reference || this run), mean over the scored tokens').of(
    ({ scored }) => scored?.divergence?.kl.value,
  ),
  number('kl_error', 'nats', 'Error of the KL divergence', 'standard error of that mean').of(
    ({ scored }) => scored?.divergence?.kl.error,
  ),
  number('kl_median', 'nats', 'Median KL divergence', 'of the scored tokens').of(
    ({ scored }) => scored?.divergence?.klMedian,
  ),
  number('kl_p99', 'nats', 'KL divergence, p99', 'of the scored tokens').of(
    ({ scored }) => scored?.divergence?.klPercentiles['99'],
  ),
  number('kl_max', 'nats', 'Largest KL divergence', 'of the scored tokens').of(
    ({ scored }) => scored?.divergence?.klMax,
  ),
  number('top1_agreement', '', 'Top-1 agreement', 'share of scored tokens with the same most probable token').of(
    ({ scored }) => scored?.divergence?.sameTop.value,
  ),
  number('top1_error', '', 'Error of the agreement', 'standard error').of(
    ({ scored }) => scored?.divergence?.sameTop.error,
  ),
  number('p_shift_mean', '', 'Mean probability shift', 'of the right token, this run minus the reference').of(
    ({ scored }) => scored?.divergence?.shift.value,
  ),
  number('p_shift_error', '', 'Error of the mean shift', 'standard error').of(
    ({ scored }) => scored?.divergence?.shift.error,
  ),
  number('p_shift_rms', '', 'Probability shift, RMS', 'root of the mean square of the same').of(
    ({ scored }) => scored?.divergence?.shiftRms.value,
  ),
  number('p_shift_rms_error', '', 'Error of the RMS', 'standard error').of(
    ({ scored }) => scored?.divergence?.shiftRms.error,
  ),
  number(
    'scored_tokens_per_s',
    'tokens/s',
    'Scoring rate',
    'tokens of the chunks / time to evaluate and score them',
  ).of(({ scored }) =>
    scored !== null && scored.workNs > 0
      ? (scored.chunks.length * scored.text.chunkTokens) / (scored.workNs / 1e9)
      : null,
  ),
] as const;

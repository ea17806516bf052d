/** What a scored text puts into `accuracy.csv`: from its chunks as far as it got, and all figures where it is complete. */
import { perplexityOf } from '../../scripts/log/figures/likelihood-figures.ts';
import type { TextRecord } from '../../scripts/workloads/perplexity/records.ts';
import type { Run } from '../logs/run.ts';
import type { AccuracyRow } from './columns/accuracy.ts';

export function likelihoodColumnsOf({ likelihood }: Run, text: TextRecord): Partial<AccuracyRow> {
  const { reference, chunks, result } = likelihood;
  const perplexity = chunks.length === 0 ? null : perplexityOf(chunks);
  const ns = chunks.reduce((sum, { startNs, endNs }) => sum + endNs - startNs, 0);
  return {
    measure: 'likelihood',
    complete: result !== null,
    text: text.file,
    text_sha256: text.sha256,
    chunks: chunks.length,
    chunk_tokens: text.chunkTokens,
    scored_tokens: chunks.reduce((sum, { tokens }) => sum + tokens, 0),
    perplexity: perplexity?.value ?? null,
    perplexity_error: perplexity?.error ?? null,
    reference: reference === null ? null : `${reference.framework}:${reference.quantize}`,
    reference_model_sha256: reference?.modelSha256 ?? null,
    is_reference: reference?.self ?? null,
    seconds: result === null ? null : ns / 1e9,
    scored_tokens_per_s: ns > 0 ? (chunks.length * text.chunkTokens) / (ns / 1e9) : null,
    ...divergenceColumns(result?.divergence ?? null),
  };
}

type Divergence = NonNullable<NonNullable<Run['likelihood']['result']>['divergence']>;

function divergenceColumns(divergence: Divergence | null): Partial<AccuracyRow> {
  if (divergence === null) return {};
  const { referencePerplexity, ratio, kl, klMedian, klPercentiles, klMax, sameTop, shift, shiftRms } = divergence;
  return {
    reference_perplexity: referencePerplexity.value,
    perplexity_ratio: ratio.value,
    perplexity_ratio_error: ratio.error,
    kl_mean: kl.value,
    kl_error: kl.error,
    kl_median: klMedian,
    kl_p99: klPercentiles['99'] ?? null,
    kl_max: klMax,
    top1_agreement: sameTop.value,
    top1_error: sameTop.error,
    p_shift_mean: shift.value,
    p_shift_error: shift.error,
    p_shift_rms: shiftRms.value,
    p_shift_rms_error: shiftRms.error,
  };
}

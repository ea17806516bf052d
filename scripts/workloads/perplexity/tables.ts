/** Columns of accuracy.csv with a scored text: from its chunks as far as it got, and all figures where it is complete. */

import { lastOf, type Run, recordsOf } from '../../results/run.ts';
import { columnsOfPart } from '../../results/table.ts';
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

interface OfText {
  scored: ScoredText | null;
}

const scored = columnsOfPart((of: OfText) => of.scored);
const text = columnsOfPart((of: OfText) => of.scored?.text);
const reference = columnsOfPart((of: OfText) => of.scored?.reference);
const perplexity = columnsOfPart((of: OfText) => of.scored?.perplexity);
const divergence = columnsOfPart((of: OfText) => of.scored?.divergence);

export const likelihoodColumns = [
  text.text('text', 'Text', 'name of the text that was scored').at('file'),
  text.text('text_sha256', 'Text hash', 'sha256 of the text').at('sha256'),
  scored
    .whole('chunks', '', 'Chunks', 'of the text, each evaluated from an empty cache')
    .of(({ chunks }) => chunks.length),
  text.whole('chunk_tokens', 'tokens', 'Context', 'tokens of a chunk').at('chunkTokens'),
  scored
    .whole('scored_tokens', 'tokens', 'Scored tokens', 'tokens whose probability counts')
    .of(({ chunks }) => chunks.reduce((sum, { tokens }) => sum + tokens, 0)),
  perplexity
    .number('perplexity', '', 'Perplexity', 'exp of the mean negative log-likelihood of the scored tokens')
    .at('value'),
  perplexity.number('perplexity_error', '', 'Error of the perplexity', 'standard error').at('error'),
  reference
    .text('reference', 'Reference', 'framework:format whose probabilities are the reference')
    .of(({ framework, quantize }) => `${framework}:${quantize}`),
  reference.text('reference_model_sha256', 'Model hash of the reference', 'sha256 of its model file').at('modelSha256'),
  reference.flag('is_reference', 'Is the reference', 'true in the run of the reference itself').at('self'),
  divergence
    .number('reference_perplexity', '', 'Perplexity of the reference', 'on the same tokens')
    .of(({ referencePerplexity }) => referencePerplexity.value),
  divergence
    .number('perplexity_ratio', '', 'Ratio of perplexities', 'of this run to the reference')
    .of(({ ratio }) => ratio.value),
  divergence
    .number('perplexity_ratio_error', '', 'Error of the ratio', 'standard error of the paired tokens')
    .of(({ ratio }) => ratio.error),
  divergence
    .number('kl_mean', 'nats', 'Mean KL divergence', 'KL(reference || this run), mean over the scored tokens')
    .of(({ kl }) => kl.value),
  divergence
    .number('kl_error', 'nats', 'Error of the KL divergence', 'standard error of that mean')
    .of(({ kl }) => kl.error),
  divergence.number('kl_median', 'nats', 'Median KL divergence', 'of the scored tokens').at('klMedian'),
  divergence
    .number('kl_p99', 'nats', 'KL divergence, p99', 'of the scored tokens')
    .of(({ klPercentiles }) => klPercentiles['99']),
  divergence.number('kl_max', 'nats', 'Largest KL divergence', 'of the scored tokens').at('klMax'),
  divergence
    .number('top1_agreement', '', 'Top-1 agreement', 'share of scored tokens with the same most probable token')
    .of(({ sameTop }) => sameTop.value),
  divergence.number('top1_error', '', 'Error of the agreement', 'standard error').of(({ sameTop }) => sameTop.error),
  divergence
    .number('p_shift_mean', '', 'Mean probability shift', 'of the right token, this run minus the reference')
    .of(({ shift }) => shift.value),
  divergence.number('p_shift_error', '', 'Error of the mean shift', 'standard error').of(({ shift }) => shift.error),
  divergence
    .number('p_shift_rms', '', 'Probability shift, RMS', 'root of the mean square of the same')
    .of(({ shiftRms }) => shiftRms.value),
  divergence.number('p_shift_rms_error', '', 'Error of the RMS', 'standard error').of(({ shiftRms }) => shiftRms.error),
  scored
    .number('scored_tokens_per_s', 'tokens/s', 'Scoring rate', 'tokens of the chunks / time to evaluate and score them')
    .of(({ chunks, text, workNs }) => (workNs > 0 ? (chunks.length * text.chunkTokens) / (workNs / 1e9) : null)),
] as const;

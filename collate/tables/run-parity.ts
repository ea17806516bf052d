/** What a parity run found, over all its questions; nulls in runs of other workloads. */
import { parityFigures } from '../../scripts/log/figures/parity-figures.ts';
import type { ParityReferenceRecord } from '../../scripts/workloads/parity/records.ts';
import type { Run } from '../logs/run.ts';
import type { runParityColumns } from './columns/run-parity.ts';
import type { RunRow } from './columns/runs.ts';

type RunParity = Pick<RunRow, (typeof runParityColumns)[number]['name']>;

export function runParity({ parity, parityReference, parityVerdict }: Run): RunParity {
  const figures = parity.length === 0 ? null : parityFigures(parity);
  const tolerance = parityVerdict?.tolerance ?? null;
  return {
    parity_passed: parityVerdict?.passed ?? null,
    parity_reasons: parityVerdict === null || parityVerdict.passed ? null : parityVerdict.reasons.join('; '),
    parity_reference: parityReference === null ? null : nameOf(parityReference),
    parity_is_reference: parityReference?.self ?? null,
    parity_questions: figures?.questions ?? null,
    parity_equal_answers: figures?.equalAnswers ?? null,
    parity_equal_tokens: figures?.equalTokens ?? null,
    parity_tokens: figures?.referenceTokens ?? null,
    parity_first_divergence: figures?.firstDivergence?.position ?? null,
    parity_divergence_gap: figures?.clearestDivergence?.referenceGap ?? null,
    parity_positions: figures?.positions ?? null,
    parity_top1_agreement: figures?.top1Agreement ?? null,
    parity_kl_mean: figures?.klMean ?? null,
    parity_kl_max: figures?.klMax ?? null,
    parity_gap_tolerance: tolerance?.logitGap ?? null,
    parity_top1_tolerance: tolerance?.top1Agreement ?? null,
    parity_kl_tolerance: tolerance?.klMean ?? null,
  };
}

/** Title, format and version, `Engine f32 (v0.5.0)`; some versions repeat the title. */
function nameOf({ title, quantize, version }: ParityReferenceRecord): string {
  return `${title} ${quantize} (${version.replace(title, '').trim()})`;
}

/** What must hold in every log of a parity run, whatever it found. */
import type { ParityRecord, ParityVerdictRecord } from '../run-log-format.ts';
import type { LogState } from './log-state.ts';

/** Below zero by no more than rounding. */
const klRounding = 1e-6;

export function parityFaults(parity: ParityRecord): string[] {
  const { referenceTokens, tokens, equalTokens, divergence, positions, top1Agreed, klMean, klMax } = parity;
  const faults: string[] = [];
  if (equalTokens > Math.min(tokens, referenceTokens)) {
    faults.push(`${equalTokens} equal tokens in answers of ${tokens} and ${referenceTokens} tokens`);
  }
  if (divergence === null && (equalTokens !== tokens || equalTokens !== referenceTokens)) {
    faults.push(`no divergence, but ${equalTokens} equal tokens of ${tokens} and ${referenceTokens}`);
  }
  if (divergence !== null && divergence.position !== equalTokens) {
    faults.push(`the answers diverge at token ${divergence.position}, but ${equalTokens} tokens are equal`);
  }
  if (divergence !== null && divergence.token === divergence.referenceToken) {
    faults.push(`the answers diverge at token ${divergence.position}, but both have the token ${divergence.token}`);
  }
  if (divergence !== null && Math.min(divergence.referenceGap, divergence.gap ?? 0) < 0) {
    faults.push('a top-1 logit is below the top-2 logit');
  }
  if (top1Agreed > positions) faults.push(`${top1Agreed} of ${positions} positions have the same top-1 token`);
  if (positions > 0 !== (klMean !== null && klMax !== null)) {
    faults.push(`${positions} positions, and ${klMean === null || klMax === null ? 'no' : 'a'} KL divergence`);
  }
  if (klMean !== null && klMean < -klRounding) faults.push(`the mean KL divergence is ${klMean}, below 0`);
  if (klMean !== null && klMax !== null && klMax < klMean - klRounding) {
    faults.push(`the largest KL divergence is ${klMax}, below the mean ${klMean}`);
  }
  return faults.map((fault) => `parity of question "${parity.questionId}": ${fault}`);
}

export function parityVerdictFault({ passed, reasons }: ParityVerdictRecord): string | null {
  if (passed === (reasons.length === 0)) return null;
  return passed ? `parity passed, and yet: ${reasons.join('; ')}` : 'parity failed without a reason';
}

/** What a completed parity run must have said. */
export function parityRunFault(state: LogState): string | null {
  const { workload, status, hasParity, hasParityReference, hasParityVerdict } = state;
  if (workload !== 'parity') return null;
  if (hasParity && !hasParityReference) return 'parity without a reference';
  return status === 'completed' && !hasParityVerdict ? 'a completed parity run without a verdict' : null;
}

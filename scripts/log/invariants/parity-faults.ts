/** What must hold in every log of a parity run, whatever it found. */
import { judge } from '../../workloads/parity/parity-verdict.ts';
import type { Header, ParityRecord, ParityVerdictRecord } from '../run-log-format.ts';
import type { LogState } from './log-state.ts';
import type { LogWatch } from './log-watch.ts';
import type { Spans } from './span-faults.ts';

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

/** @param questions that stand before it */
export function parityVerdictFaults(
  { passed, reasons, tolerance }: ParityVerdictRecord,
  questions: readonly ParityRecord[],
  { questions: asked, framework }: Header,
): string[] {
  const faults: string[] = [];
  if (passed && reasons.length > 0) faults.push(`parity passed, and yet: ${reasons.join('; ')}`);
  if (!passed && reasons.length === 0) faults.push('parity failed without a reason');
  const found = judge(questions, framework.title, tolerance);
  if (found.passed !== passed) {
    const found = passed ? 'failed' : 'passed';
    faults.push(`parity ${passed ? 'passed' : 'failed'}, and by its questions and tolerances it ${found}`);
  }
  if (asked !== undefined && questions.length !== asked.count) {
    faults.push(`a verdict on ${questions.length} of ${asked.count} questions`);
  }
  const ids = questions.map(({ questionId }) => questionId);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) faults.push(`the question "${twice}" comes twice in a parity run`);
  return faults;
}

/** What a completed parity run must have said. */
export function parityRunFault(state: LogState): string | null {
  const { header, status, parity, hasParityReference, hasParityVerdict } = state;
  if (header.workload !== 'parity') return null;
  if (parity.length > 0 && !hasParityReference) return 'parity without a reference';
  return status === 'completed' && !hasParityVerdict ? 'a completed parity run without a verdict' : null;
}

/** Each question stands behind its span, in logs that tell of them. */
export function watchParity(spans: Spans): LogWatch {
  let questions = 0;
  return {
    record(record) {
      if (record.type !== 'parity') return [];
      const label = String(questions++);
      const stands = !spans.knows('question') || spans.closed('question', label) !== undefined;
      const next = spans.isOpen('question') || spans.closed('question', String(questions)) !== undefined;
      return [stands && !next ? null : `parity of question "${record.questionId}" does not stand behind its span`];
    },
    end: () => [],
  };
}

/** What must hold in every log of a parity run, whatever its result; and the verdict, which follows from the questions before it. */
import { significant } from '../../command-line/format.ts';
import {
  divergencesOf,
  earliest,
  type FirstDivergence,
  nats,
  parityFigures,
  share,
} from '../../log/figures/parity-figures.ts';
import type { Header } from '../../log/run-log-format.ts';
import type { LogWatch, Spans, WorkloadRules } from '../../results/invariants/log-watch.ts';
import type { ParityRecord, ParityVerdictRecord } from './records.ts';

export const rules: WorkloadRules = {
  once: ['parity_reference', 'parity_verdict'],
  watch: (header, spans) => [watchParity(header, spans)],
};

function watchParity(header: Header, spans: Spans): LogWatch {
  const questions: ParityRecord[] = [];
  let hasReference = false;
  let hasVerdict = false;
  return {
    record(record) {
      if (record.type === 'parity_reference') hasReference = true;
      if (record.type === 'parity') {
        questions.push(record);
        return [placeFault(record, questions.length - 1, spans), ...parityFaults(record)];
      }
      if (record.type !== 'parity_verdict') return [];
      hasVerdict = true;
      return parityVerdictFaults(record, questions, header);
    },
    end(status) {
      if (questions.length > 0 && !hasReference) return ['parity without a reference'];
      return [status === 'completed' && !hasVerdict ? 'a completed parity run without a verdict' : null];
    },
  };
}

/** Each question stands behind its span, in logs that have spans of questions. */
function placeFault({ questionId }: ParityRecord, index: number, spans: Spans): string | null {
  const stands = !spans.knows('question') || spans.closed('question', String(index)) !== undefined;
  const next = spans.isOpen('question') || spans.closed('question', String(index + 1)) !== undefined;
  return stands && !next ? null : `parity of question "${questionId}" does not stand behind its span`;
}

/** Below zero by no more than rounding. */
const klRounding = 1e-6;

function parityFaults(parity: ParityRecord): string[] {
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
function parityVerdictFaults(
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

type Tolerance = ParityVerdictRecord['tolerance'];

/** @param title of the framework, for the reasons */
export function judge(records: readonly ParityRecord[], title: string, tolerance: Tolerance): ParityVerdictRecord {
  const { positions } = parityFigures(records);
  const reasons = positions === 0 ? differentTokens(records, title) : beyondTolerance(records, tolerance);
  return { type: 'parity_verdict', passed: reasons.length === 0, reasons, tolerance };
}

/** Without logits a difference cannot be explained, so there may be none. */
function differentTokens(records: readonly ParityRecord[], title: string): string[] {
  const divergences = divergencesOf(records).toSorted(earliest);
  const [first] = divergences;
  if (first === undefined) return [];
  return [
    `${divergences.length} of ${records.length} answers diverge, the first ${at(first)}, and ${title} shows no logits that could explain it`,
  ];
}

function beyondTolerance(records: readonly ParityRecord[], tolerance: Tolerance): string[] {
  const reasons: string[] = [];
  const clear = divergencesOf(records)
    .filter(({ referenceGap }) => referenceGap >= tolerance.logitGap)
    .toSorted(earliest);
  const [first] = clear;
  if (first !== undefined) {
    reasons.push(
      `${clear.length} of ${records.length} answers diverge where the reference's own choice was clear, the first ${at(first)} (gap ${significant(first.referenceGap)}, tolerance ${tolerance.logitGap})`,
    );
  }
  const { top1Agreement, klMean, positions } = parityFigures(records);
  if (top1Agreement !== null && top1Agreement < tolerance.top1Agreement) {
    reasons.push(
      `both put the same token first at ${share(top1Agreement)} of ${positions} positions, less than ${share(tolerance.top1Agreement)}`,
    );
  }
  if (klMean !== null && klMean > tolerance.klMean) {
    reasons.push(`the mean KL divergence is ${nats(klMean)} nats, more than ${nats(tolerance.klMean)}`);
  }
  return reasons;
}

function at({ position, question }: FirstDivergence): string {
  return `at token ${position} of "${question}"`;
}

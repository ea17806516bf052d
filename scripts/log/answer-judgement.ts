/** Whether an answer is the right one. */
import type { AnswerRecord } from '../workloads/questions/records.ts';

/** Null where no answer is known, or where this one was cut before its end. */
export function judgeAnswer(written: string, expected: string | null, stop: AnswerRecord['stop']): boolean | null {
  if (expected === null) return null;
  const equal = written === expected.trim();
  return equal || stop === 'end' ? equal : null;
}

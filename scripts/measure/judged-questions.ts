/** How many questions were answered, and how many of them right: the same answer given again in another round is no new one. */
import { rollup } from 'd3-array';
import type { AnswerRecord } from './run-log-format.ts';

/** A question counts as right when every answer that was judged is. */
export function judgedQuestions(answers: readonly AnswerRecord[]): { judged: number; correct: number } {
  const judged = answers.filter(({ correct }) => correct !== null);
  const right = rollup(
    judged,
    (alike) => alike.every(({ correct }) => correct === true),
    ({ questionId }) => questionId,
  );
  return { judged: right.size, correct: [...right.values()].filter(Boolean).length };
}

/**
 * How many questions were answered correctly. The same question asked again, in another round or by another run of the same
 * contender, is a repeat and no further sample: a greedy answer is the same answer. So counts and intervals are of questions, and
 * each counts with the share of its answers that were correct.
 */
import { counted } from '../../command-line/format.ts';
export interface QuestionScore {
  /** Different ones. */
  questions: number;
  /** Whole where all answers to a question were alike. */
  correct: number;
  /** With all repeats. */
  answers: number;
}

/** Null where nothing is known of any answer. */
export function questionScore(
  answers: ReadonlyArray<{ questionId: string; correct: boolean | null }>,
): QuestionScore | null {
  const byQuestion = new Map<string, { correct: number; answers: number }>();
  for (const { questionId, correct } of answers) {
    if (correct === null) continue;
    const tally = byQuestion.get(questionId) ?? { correct: 0, answers: 0 };
    byQuestion.set(questionId, { correct: tally.correct + (correct ? 1 : 0), answers: tally.answers + 1 });
  }
  if (byQuestion.size === 0) return null;
  const tallies = [...byQuestion.values()];
  return {
    questions: tallies.length,
    correct: tallies.reduce((sum, tally) => sum + tally.correct / tally.answers, 0),
    answers: tallies.reduce((sum, tally) => sum + tally.answers, 0),
  };
}

/** The score of runs that asked the same questions; where one of them asked fewer, those of the others stand for all. */
export function pooledScore(scores: readonly QuestionScore[]): QuestionScore | null {
  const answers = scores.reduce((sum, score) => sum + score.answers, 0);
  if (answers === 0) return null;
  const questions = Math.max(...scores.map((score) => score.questions));
  const share = scores.reduce((sum, score) => sum + (score.correct / score.questions) * score.answers, 0) / answers;
  return { questions, correct: share * questions, answers };
}

/** `26 of 26 questions, 4 answers each`. */
export function scoreText(score: QuestionScore): string {
  const each = score.answers / score.questions;
  const repeats = each === 1 ? '' : `, ${Number.isInteger(each) ? each : each.toFixed(1)} answers each`;
  return `${correctText(score)} of ${counted(score.questions, 'questions')}${repeats}`;
}

/** Whole, unless answers to the same question differed. */
export function correctText({ correct }: Pick<QuestionScore, 'correct'>): string {
  const whole = Math.round(correct);
  return Math.abs(correct - whole) < 1e-6 ? String(whole) : correct.toFixed(1);
}

/** How often each measured answer was given: greedy ones are the same each time, sampled ones are not. */
export function repeatsOf(answers: ReadonlyArray<{ questionId: string }>, temperature: unknown): number {
  if (answers.length === 0 || (typeof temperature === 'number' && temperature > 0)) return 1;
  return answers.length / new Set(answers.map(({ questionId }) => questionId)).size;
}

/** How many questions the runs of a result answered correctly, and how often they gave each answer. */

import { pooledScore, type QuestionScore } from '../../scripts/results/figures/question-score.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';

/** Null where nothing is known of any answer. */
export function memberScore(runs: readonly RunRow[]): QuestionScore | null {
  return pooledScore(
    runs.flatMap(({ judged_questions: questions, correct_questions: correct, judged: answers }) =>
      questions === null || questions === 0 || correct === null || answers === null
        ? []
        : { questions, correct, answers },
    ),
  );
}

/** All runs and rounds ask the same questions: greedy answers are the same ones each time, sampled ones are not. */
export function memberRepeats(runs: readonly RunRow[]): number {
  if (runs.some(({ temperature }) => (temperature ?? 0) > 0)) return 1;
  const answers = runs.reduce((sum, run) => sum + (run.answers ?? 0), 0);
  const questions = Math.max(0, ...runs.map((run) => run.questions ?? 0));
  return questions === 0 ? 1 : Math.max(1, answers / questions);
}

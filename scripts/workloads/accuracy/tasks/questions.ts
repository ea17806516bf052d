/** The predefined questions, held word for word against the answers that are known: at home in the embedded model. */

import { defaults } from '../../../settings/defaults.ts';
import { shuffle } from '../../../statistics/seeded-random.ts';
import { messagesOf, readQuestions } from '../../questions/questions.ts';
import { similarity, wordsOf } from './rubrics.ts';
import { type Task, type TaskItem, verdict } from './task.ts';

/** @param file in the form of configs/questions.json; a question without an answer is left out */
export function questionsTask(file: string): Task {
  return {
    name: 'questions',
    title: 'predefined questions, word for word',
    procedural: false,
    chance: null,
    maxTokens: defaults.maxTokens,
    maxTurns: 1,
    async items({ seed, count }) {
      const set = await readQuestions(file);
      const items = set.questions.flatMap((question): TaskItem[] => {
        const { id, answer } = question;
        if (answer === null) return [];
        return [
          { id, opening: messagesOf(set, question), expected: answer, respond: ([text = '']) => judge(text, answer) },
        ];
      });
      return { items: shuffle(items, seed).slice(0, count), source: { file: set.file, sha256: set.sha256 } };
    },
  };
}

/** Exact, as in the qa workload; words in common are a score below 1. */
function judge(text: string, expected: string) {
  const written = text.trim();
  if (written === expected.trim()) return verdict(1, written);
  return verdict(nearly(similarity(wordsOf(written), wordsOf(expected))), written === '' ? null : written);
}

/** All words may be the same where only punctuation differs: that is not exact. */
function nearly(score: number): number {
  return Math.min(score, 0.99);
}

/** Questions with four options of which one is right; where each option stands is drawn from the seed. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import choicesFile from '../../../../configs/choices.json' with { type: 'json' };
import { seededRandom, shuffle } from '../../../statistics/seeded-random.ts';
import { chosenLetter, letterAt } from './rubrics.ts';
import { type Task, type TaskItem, verdict } from './task.ts';

const questionSchema = z.object({
  id: z.string(),
  question: z.string(),
  right: z.string(),
  wrong: z.tuple([z.string(), z.string(), z.string()]),
});
type Question = z.infer<typeof questionSchema>;

const { questions } = z.object({ questions: z.array(questionSchema).min(1) }).parse(choicesFile);

export const multipleChoice: Task = {
  name: 'multiple-choice',
  title: 'four options, one of them right',
  procedural: false,
  chance: 0.25,
  maxTokens: 64,
  maxTurns: 1,
  async items({ seed, count }) {
    const random = seededRandom(seed);
    const items = shuffle(questions, seed)
      .slice(0, count)
      .map((question) => itemOf(question, Math.floor(random() * 2 ** 31)));
    const sha256 = createHash('sha256').update(JSON.stringify(questions)).digest('hex');
    return { items, source: { file: 'choices.json', sha256 } };
  },
};

function itemOf({ id, question, right, wrong }: Question, seed: number): TaskItem {
  const options = shuffle([right, ...wrong], seed);
  const expected = letterAt(options.indexOf(right));
  const listed = options.map((option, i) => `${letterAt(i)}. ${option}`);
  return {
    id,
    opening: [
      { role: 'user', content: [question, ...listed, 'Answer with the letter of the right option.'].join('\n') },
    ],
    expected,
    respond([answer = '']) {
      const letter = chosenLetter(answer, options);
      return verdict(letter === expected ? 1 : 0, letter);
    },
  };
}

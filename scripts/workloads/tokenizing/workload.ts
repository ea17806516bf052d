/** How long the tokenizer takes for each question. */
import { significant } from '../../command-line/format.ts';
import type { RunContext } from '../../run/run-plan.ts';
import { defaultQuestionsFile, type QuestionSet, readQuestions } from '../questions/questions.ts';
import type { EngineWorkload } from '../workload.ts';

interface TokenizingPlan {
  questions: QuestionSet;
}

export const tokenizing: EngineWorkload<TokenizingPlan> = {
  name: 'tokenizing',
  title: 'tokenizing',
  asked: true,
  plan: async ({ questions }) => ({ questions: await readQuestions(questions ?? defaultQuestionsFile) }),
  requested: () => ({}),
  asks: ({ questions }) => questions,
  run: tokenizeAll,
  summary(_, records) {
    const found = records.filter((record) => record.type === 'tokenizing');
    if (found.length === 0) return null;
    const tokens = found.reduce((sum, record) => sum + record.tokens, 0);
    const seconds = found.reduce((sum, record) => sum + record.durationNs, 0) / 1e9;
    return { tables: [], facts: [['tokenizing', `${significant(tokens / seconds)} tokens/s`]] };
  },
};

async function tokenizeAll(
  { engine, write, checkInterrupted }: RunContext,
  { questions }: TokenizingPlan,
): Promise<void> {
  for (const { id, question } of questions.questions) {
    checkInterrupted();
    const { ids, durationNs } = await engine.tokenize(question);
    write({ type: 'tokenizing', questionId: id, tokens: ids.length, durationNs });
  }
}

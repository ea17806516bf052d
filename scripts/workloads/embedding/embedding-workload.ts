/** Texts, batch by batch: the cold batch, the warm-up, then the measured rounds. */

import { exitCodes, UserError } from '../../command-line/errors.ts';
import { shellLine, startWords } from '../../command-line/shell-line.ts';
import type { Phase } from '../../log/record-fields.ts';
import { needsRound } from '../../run/measured-rounds.ts';
import type { RunContext } from '../../run/run-context.ts';
import type { EmbeddingPlan } from '../../run/run-plan.ts';
import { writeWarmUp } from '../../run/warm-up.ts';
import type { Question } from '../questions/questions.ts';
import { questionOrder } from '../questions/records.ts';
import type { EmbeddingRecord } from './records.ts';

export async function measureEmbeddings(context: RunContext, embedding: EmbeddingPlan): Promise<void> {
  const { plan, timeLog, write, reporter } = context;
  const { questions, batchTexts } = embedding;
  let index = 0;

  const embedOne = async (batch: readonly Question[], phase: Phase, round: number): Promise<EmbeddingRecord> => {
    context.checkInterrupted();
    const { tokens, vectors, ...instants } = await context.engine.embed(batch.map(({ question }) => question));
    const record: EmbeddingRecord = {
      ...{ type: 'embedding', batch: index++, phase, round, texts: batch.length },
      ...{ tokens: tokens.reduce((sum, count) => sum + count, 0), dimensions: vectors[0]?.length ?? 0 },
      ...instants,
    };
    write(record);
    if (vectors.flat().every(Number.isFinite)) return record;
    throw new UserError(`a vector of batch ${record.batch} holds numbers that are not finite`, {
      exitCode: exitCodes.failed,
      remedy: `Check the file with \`${shellLine([...startWords('scripts/models.ts'), 'verify', context.plan.model.path])}\`.`,
    });
  };

  const warmUpBatches = batchesOf(questionOrder(questions.questions, plan.seed, -1), batchTexts);
  const nth = (i: number) => warmUpBatches[i % warmUpBatches.length] ?? [];
  reporter.stage('warming up');
  await timeLog.span('warmup', async () => {
    await embedOne(nth(0), 'cold', 0);
    await writeWarmUp(context, undefined, {
      attempt: async (attempt) => {
        const { endNs, submitNs, tokens } = await embedOne(nth(attempt + 1), 'warmup', 0);
        return { tokens, ns: endNs - submitNs };
      },
      // Batches differ in length: time per token is what becomes steady.
      paces: (tries, from) => tries.slice(from).map(({ ns, tokens }) => ns / Math.max(1, tokens)),
    });
  });

  reporter.stage('measuring');
  const perRound = Math.ceil(questions.questions.length / batchTexts);
  const startNs = timeLog.now();
  let done = 0;
  let workNs = 0;
  for (let round = 0; needsRound(embedding, { rounds: round, workNs, elapsedNs: timeLog.now() - startNs }); round++) {
    await timeLog.span(
      'embedding',
      async () => {
        const order = questionOrder(questions.questions, plan.seed, embedding.firstRound + round);
        for (const batch of batchesOf(order, batchTexts)) {
          reporter.progress(done++, perRound * Math.max(embedding.rounds, round + 1));
          const { submitNs, endNs } = await embedOne(batch, 'measured', round);
          workNs += endNs - submitNs;
        }
      },
      String(round),
    );
  }
  reporter.progress(done, done);
}

function batchesOf(questions: readonly Question[], size: number): Array<readonly Question[]> {
  return Array.from({ length: Math.ceil(questions.length / size) }, (_, i) =>
    questions.slice(i * size, (i + 1) * size),
  );
}

/** Texts, batch by batch: the cold batch, the warm-up, then the measured rounds. */

import { exitCodes, UserError } from '../command-line/errors.ts';
import { shellLine, startWords } from '../command-line/shell-line.ts';
import { type Question, questionOrder } from './questions.ts';
import type { RunContext } from './run-context.ts';
import type { EmbeddingRecord, Phase } from './run-log-format.ts';
import { defaults, type EmbeddingPlan } from './run-plan.ts';
import { warmUp } from './warm-up.ts';

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
    const limit = plan.warmUp === 'auto' ? { atMost: defaults.warmUpAtMost } : { fixed: plan.warmUp };
    const warm = await warmUp(limit, async (attempt) => {
      const { endNs, submitNs, tokens } = await embedOne(nth(attempt + 1), 'warmup', 0);
      // Batches differ in length: time per token is what becomes steady.
      return [(endNs - submitNs) / Math.max(1, tokens)];
    });
    if (!warm.stable) {
      write({
        type: 'warning',
        code: 'warm_up_unstable',
        message: `after ${warm.taken} warm-up batches the time per token still differed by more than 2 % between two; give it more with --warmup N, or a quieter machine`,
      });
    }
  });

  reporter.stage('measuring');
  const perRound = Math.ceil(questions.questions.length / batchTexts);
  let done = 0;
  for (let round = 0; round < embedding.rounds; round++) {
    await timeLog.span(
      'embedding',
      async () => {
        const order = questionOrder(questions.questions, plan.seed, embedding.firstRound + round);
        for (const batch of batchesOf(order, batchTexts)) {
          reporter.progress(done++, perRound * embedding.rounds);
          await embedOne(batch, 'measured', round);
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

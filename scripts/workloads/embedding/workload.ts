/** Texts, batch by batch: the cold batch, the warm-up, then the measured rounds. */
import { UserError, usageError } from '../../command-line/errors.ts';
import { counted, milliseconds, significant } from '../../command-line/format.ts';
import { shellLine, startWords } from '../../command-line/shell-line.ts';
import type { Phase } from '../../log/record-fields.ts';
import type { RunContext } from '../../run/run-plan.ts';
import { needsRound, writeWarmUp } from '../../run/warm-up.ts';
import { defaults } from '../../settings/defaults.ts';
import { type Question, type QuestionSet, readQuestions } from '../questions/questions.ts';
import { questionOrder } from '../questions/records.ts';
import { type EngineWorkload, percentilesTable, statisticsTable } from '../workload.ts';
import type { EmbeddingRecord } from './records.ts';

export interface EmbeddingPlan {
  /** The texts are the questions. */
  questions: QuestionSet;
  /** Rounds of the list, at least. */
  rounds: number;
  firstRound: number;
  /** Further rounds follow until the batches took so long. */
  minSeconds: number;
  /** Texts that are handed over at once. */
  batchTexts: number;
}

export const embedding: EngineWorkload<EmbeddingPlan> = {
  name: 'embedding',
  title: 'embedding',
  asked: true,
  embeds: true,
  watched: true,
  warmsUp: true,
  extent: { done: 'vectors were made', more: '--min-seconds N, or more rounds with --iterations N' },
  async plan({ questions, minSeconds = defaults.minSeconds, batchTexts }, { rounds, firstRound }) {
    return { questions: await readQuestions(questions), rounds, firstRound, minSeconds, batchTexts };
  },
  requested: ({ rounds, firstRound, minSeconds, batchTexts }) => ({ rounds, firstRound, minSeconds, batchTexts }),
  asks: (plan) => plan.questions,
  requireLoaded(abilities, { framework, model }) {
    if (abilities.embed) return;
    throw usageError(
      `${framework.title} does not make embeddings with ${model.record.name}`,
      'Use --workload qa where the model generates text; `npm ci` installs the versions that were tried.',
    );
  },
  run: measureEmbeddings,
  summary({ embedding: found }) {
    if (found === null) return null;
    const { batchMs, percentiles, batchTexts, tokensPerSecond, textsPerSecond, texts, tokens, dimensions } = found;
    const batch = batchTexts === 1 ? '1 text' : `${batchTexts} texts`;
    return {
      tables: [statisticsTable([[`batch of ${batch} (ms)`, batchMs]]), percentilesTable([['batch (ms)', percentiles]])],
      facts: [
        [
          'embedding',
          `${significant(tokensPerSecond)} tokens/s, ${significant(textsPerSecond)} texts/s; ${counted(texts, 'texts')} of ${counted(tokens, 'tokens')} in ${counted(dimensions, 'dimensions')}`,
        ],
        ['cold batch', found.coldBatchMs === null ? null : milliseconds(found.coldBatchMs)],
      ],
    };
  },
};

async function measureEmbeddings(context: RunContext, asked: EmbeddingPlan): Promise<void> {
  const { plan, timeLog, write, reporter } = context;
  const { questions, batchTexts } = asked;
  let index = 0;

  const embedOne = async (batch: readonly Question[], phase: Phase, round: number): Promise<EmbeddingRecord> => {
    context.checkInterrupted();
    const { tokens, vectors, ...instants } = await context.engine.embed(batch.map(({ question }) => question));
    const record: EmbeddingRecord = {
      type: 'embedding',
      batch: index++,
      phase,
      round,
      texts: batch.length,
      tokens: tokens.reduce((sum, count) => sum + count, 0),
      dimensions: vectors[0]?.length ?? 0,
      ...instants,
    };
    write(record);
    if (vectors.flat().every(Number.isFinite)) return record;
    throw new UserError(`a vector of batch ${record.batch} holds numbers that are not finite`, {
      remedy: `Check the file with \`${shellLine([...startWords('scripts/models.ts'), 'verify', context.plan.model.path])}\`.`,
    });
  };

  const warmUpBatches = batchesOf(questionOrder(questions.questions, plan.seed, -1), batchTexts);
  const nth = (i: number) => warmUpBatches[i % warmUpBatches.length] ?? [];
  reporter.stage('warming up');
  await timeLog.span('warmup', async () => {
    await embedOne(nth(0), 'cold', 0);
    await writeWarmUp(
      context,
      undefined,
      {
        attempt: async (attempt) => {
          const { endNs, submitNs, tokens } = await embedOne(nth(attempt + 1), 'warmup', 0);
          return { tokens, ns: endNs - submitNs };
        },
        // Batches differ in length: time per token is what becomes steady.
        paces: (tries, from) => tries.slice(from).map(({ ns, tokens }) => ns / Math.max(1, tokens)),
      },
      asked.minSeconds,
    );
  });

  reporter.stage('measuring');
  const perRound = Math.ceil(questions.questions.length / batchTexts);
  const startNs = timeLog.now();
  let done = 0;
  let workNs = 0;
  for (let round = 0; needsRound(asked, { rounds: round, workNs, elapsedNs: timeLog.now() - startNs }); round++) {
    await timeLog.span(
      'embedding',
      async () => {
        const order = questionOrder(questions.questions, plan.seed, asked.firstRound + round);
        for (const batch of batchesOf(order, batchTexts)) {
          reporter.progress(done++, perRound * Math.max(asked.rounds, round + 1));
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

/** What a perplexity run does: a text in chunks, each evaluated from an empty cache, its second half scored token by token. */
import { UserError } from '../../command-line/errors.ts';
import { rowLikelihood } from '../../frameworks/log-likelihood.ts';
import type { RunContext } from '../../run/run-plan.ts';
import { referenceIdentity } from '../reference/reference-choice.ts';
import type { ReferenceFolder } from '../reference/reference-folder.ts';
import { chunkFigures, figuresOf, perplexityOf, type ScoredToken } from './figures.ts';
import type { LikelihoodChunkRecord, LikelihoodReferenceRecord, TextRecord } from './records.ts';
import { rowsOfChunk, StoredReference } from './scored-rows.ts';
import { firstScored, type TextExtent, type TextInChunks, textInChunks } from './text.ts';
import { readStored, storeRow, tokenDivergence } from './token-divergence.ts';

/** The reference, scored; its probabilities lie in the folder. */
export interface Reference {
  record: LikelihoodReferenceRecord;
  tokensSha256: string;
  stored: StoredReference;
  /** Negative log-likelihoods, token by token, as they were before they were stored. */
  nll: ReadonlyArray<readonly number[]>;
  /** Why it is not the usual one; null when it is. */
  note: string | null;
}

/** Told after each chunk. @param total chunks of this run */
export type OnChunk = (done: number, total: number) => void;

type ScoreChunk = (tokens: readonly number[], chunk: number) => Promise<ScoredToken[]>;

/** Nothing is compared. The engine tells likelihoods by itself where it can: then no logits leave its process. */
export async function scoreAlone(
  context: RunContext,
  plan: TextExtent,
  folder: ReferenceFolder,
  onChunk: OnChunk,
): Promise<void> {
  requireScores(context);
  const first = firstScored(plan.chunkTokens) + 1;
  const { engine, tellsLikelihoods } = context;
  const scoreChunk: ScoreChunk = async (tokens) => {
    if (tellsLikelihoods) {
      const { logProbabilities, mostProbable } = await engine.likelihoods({ tokens, from: first });
      return logProbabilities.map((logProbability, i) => ({
        nll: -logProbability,
        topHit: mostProbable[i] === tokens[first + i],
        divergence: null,
      }));
    }
    const scored: ScoredToken[] = [];
    await rowsOfChunk(context, folder, tokens, first, (row, token) => scored.push(likelihoodIn(row, token)));
    return scored;
  };
  await scoreChunks(
    context,
    await textInChunks(context, plan),
    scoreChunk,
    tellsLikelihoods ? 'likelihoods' : 'logits',
    onChunk,
  );
}

/** Keeps its probabilities for the others. */
export async function scoreAsReference(
  context: RunContext,
  plan: TextExtent,
  folder: ReferenceFolder,
  note: string | null,
  onChunk: OnChunk,
): Promise<Reference> {
  requireScores(context);
  const record: LikelihoodReferenceRecord = {
    type: 'likelihood_reference',
    ...referenceIdentity(context),
    self: false,
  };
  const text = await textInChunks(context, plan);
  context.write({ ...record, self: true });
  const first = firstScored(plan.chunkTokens) + 1;
  const nll: number[][] = [];
  let stored: StoredReference | undefined;
  await scoreChunks(
    context,
    text,
    async (tokens, chunk) => {
      const scored: ScoredToken[] = [];
      let rows: Uint16Array<ArrayBuffer> | undefined;
      await rowsOfChunk(context, folder, tokens, first, (row, token, index) => {
        stored ??= openStored(folder, row.length, text.record);
        rows ??= stored.emptyChunk();
        storeRow(row, stored.rowOf(rows, index));
        scored.push(likelihoodIn(row, token));
      });
      if (rows !== undefined) await stored?.write(chunk, rows);
      nll.push(scored.map((token) => token.nll));
      return scored;
    },
    'logits',
    onChunk,
  );
  if (stored === undefined) throw new RangeError('no row of logits came from the reference');
  return { record, tokensSha256: text.record.tokensSha256, stored, nll, note };
}

/** @throws UserError when the engine makes other token ids of the text, or has a vocabulary of another size */
export async function scoreAgainst(
  context: RunContext,
  plan: TextExtent,
  folder: ReferenceFolder,
  reference: Reference,
  onChunk: OnChunk,
): Promise<void> {
  requireScores(context);
  const text = await textInChunks(context, plan);
  context.write(reference.record);
  if (reference.note !== null) {
    context.write({ type: 'warning', code: 'likelihood_reference', message: reference.note });
  }
  const { title } = context.plan.framework;
  if (text.record.tokensSha256 !== reference.tokensSha256) {
    throw new UserError(`${title} makes other token ids of the text than ${reference.record.title}`, {
      remedy: 'Compare files of one and the same model.',
    });
  }
  const { stored } = reference;
  const first = firstScored(plan.chunkTokens) + 1;
  const scoreChunk: ScoreChunk = async (tokens, chunk) => {
    const expected = await stored.read(chunk);
    const scored: ScoredToken[] = [];
    await rowsOfChunk(context, folder, tokens, first, (row, token, index) => {
      if (row.length !== stored.columns) throw otherVocabulary(title, row.length, reference);
      const divergence = tokenDivergence(row, readStored(stored.rowOf(expected, index), row.length), token);
      const referenceNll = reference.nll[chunk]?.[index] ?? Number.NaN;
      const { nll, top } = divergence;
      scored.push({ nll, topHit: top === token, divergence: { ...divergence, referenceNll } });
    });
    return scored;
  };
  await scoreChunks(context, text, scoreChunk, 'logits', onChunk);
}

async function scoreChunks(
  context: RunContext,
  { record, chunks }: TextInChunks,
  scoreChunk: ScoreChunk,
  from: 'logits' | 'likelihoods',
  onChunk: OnChunk,
): Promise<void> {
  const { timeLog, write, checkInterrupted } = context;
  write(record);
  const written: LikelihoodChunkRecord[] = [];
  const kl: number[] = [];
  const shifts: number[] = [];
  onChunk(0, chunks.length);
  for (const [chunk, tokens] of chunks.entries()) {
    checkInterrupted();
    const startNs = timeLog.now();
    const scored = await scoreChunk(tokens, chunk);
    const endNs = timeLog.now();
    const figures = chunkFigures(requireFinite(scored, record.scoredPerChunk, chunk));
    for (const { divergence } of scored) {
      if (divergence === null) continue;
      kl.push(divergence.kl);
      shifts.push(divergence.shift);
    }
    const { value } = perplexityOf([...written, figures]);
    const chunkRecord: LikelihoodChunkRecord = {
      type: 'likelihood_chunk',
      chunk,
      startNs,
      endNs,
      ...figures,
      perplexity: value,
    };
    written.push(chunkRecord);
    write(chunkRecord);
    onChunk(chunk + 1, chunks.length);
  }
  write({
    type: 'perplexity',
    chunks: chunks.length,
    evaluatedTokens: chunks.length * record.chunkTokens,
    durationNs: written.reduce((sum, { startNs, endNs }) => sum + endNs - startNs, 0),
    from,
    ...figuresOf(written, kl, shifts),
  });
}

/** @throws RangeError for a probability of nought, or no number at all: an engine that computes nonsense */
function requireFinite(scored: ScoredToken[], expected: number, chunk: number): ScoredToken[] {
  if (scored.length !== expected) throw new RangeError(`${scored.length} tokens were scored of ${expected}`);
  const broken = scored.findIndex(({ nll, divergence }) => !Number.isFinite(nll + (divergence?.kl ?? 0)));
  if (broken !== -1) throw new RangeError(`the logits at scored token ${broken} of chunk ${chunk} are not finite`);
  return scored;
}

function likelihoodIn(row: Float32Array, token: number): ScoredToken {
  const { logProbability, mostProbable } = rowLikelihood(row, token);
  return { nll: -logProbability, topHit: mostProbable === token, divergence: null };
}

function openStored(folder: ReferenceFolder, columns: number, { chunks, scoredPerChunk }: TextRecord): StoredReference {
  folder.requireBytes(
    StoredReference.bytesPerChunk(columns, scoredPerChunk) * chunks,
    "the reference's probabilities",
    'Score less with --chunks N, or choose another disk with TMPDIR=DIR.',
  );
  return new StoredReference(folder.file('reference'), columns, scoredPerChunk);
}

function requireScores({ showsLogits, tellsLikelihoods, plan }: RunContext): void {
  if (showsLogits || tellsLikelihoods) return;
  throw new UserError(`${plan.framework.title} shows no logits: it has no perplexity`, {
    remedy: 'Leave it out of --frameworks.',
  });
}

function otherVocabulary(title: string, columns: number, { record, stored }: Reference): UserError {
  return new UserError(
    `${title} has logits for ${columns} tokens, ${record.title} for ${stored.columns}: not the same vocabulary`,
    { remedy: 'Compare files of one and the same model.' },
  );
}

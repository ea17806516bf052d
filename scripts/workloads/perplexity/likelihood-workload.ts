/** What a perplexity run does: a text in chunks, each evaluated from an empty cache, its second half scored token by token. */
import { UserError } from '../../command-line/errors.ts';
import { rowLikelihood } from '../../frameworks/log-likelihood.ts';
import type { RunContext } from '../../run/run-plan.ts';
import { referenceIdentity } from '../reference/reference-choice.ts';
import { openLogitRows, type ReferenceFolder } from '../reference/reference-folder.ts';
import { chunkFigures, figuresOf, perplexityOf, type ScoredToken } from './figures.ts';
import type { LikelihoodChunkRecord, LikelihoodReferenceRecord, TextRecord } from './records.ts';
import { readStored, StoredReference, storeRow, tokenDivergence } from './stored-reference.ts';
import { firstScored, type TextExtent, type TextInChunks, textInChunks } from './text.ts';

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

/** Nothing is compared. The engine reports likelihoods by itself where it can: then no logits leave its process. */
export async function scoreAlone(
  context: RunContext,
  plan: TextExtent,
  folder: ReferenceFolder,
  onChunk: OnChunk,
): Promise<void> {
  requireScores(context);
  const text = await textInChunks(context, plan);
  const { engine, tellsLikelihoods } = context;
  if (!tellsLikelihoods) {
    await scoreChunks(context, text, (tokens) => scoreRows(context, folder, tokens, likelihoodIn), 'logits', onChunk);
    return;
  }
  const from = firstScored(plan.chunkTokens) + 1;
  const scoreChunk: ScoreChunk = async (tokens) => {
    const { logProbabilities, mostProbable } = await engine.likelihoods({ tokens, from });
    return logProbabilities.map((logProbability, i) => ({
      nll: -logProbability,
      topHit: mostProbable[i] === tokens[from + i],
      divergence: null,
    }));
  };
  await scoreChunks(context, text, scoreChunk, 'likelihoods', onChunk);
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
  const nll: number[][] = [];
  let stored: StoredReference | undefined;
  const scoreChunk: ScoreChunk = async (tokens, chunk) => {
    let rows: Uint16Array<ArrayBuffer> | undefined;
    const scored = await scoreRows(context, folder, tokens, (row, token, index) => {
      stored ??= openStored(folder, row.length, text.record);
      rows ??= stored.emptyChunk();
      storeRow(row, stored.rowOf(rows, index));
      return likelihoodIn(row, token);
    });
    if (rows !== undefined) await stored?.write(chunk, rows);
    nll.push(scored.map((token) => token.nll));
    return scored;
  };
  await scoreChunks(context, text, scoreChunk, 'logits', onChunk);
  if (stored === undefined) throw new RangeError('no row of logits came from the reference');
  return { record, tokensSha256: text.record.tokensSha256, stored, nll, note };
}

/** @throws UserError when the engine makes other token ids of the text, or has a vocabulary of another size */
export async function scoreAgainst(
  context: RunContext,
  plan: TextExtent,
  folder: ReferenceFolder,
  { record, tokensSha256, stored, nll: referenceNlls, note }: Reference,
  onChunk: OnChunk,
): Promise<void> {
  requireScores(context);
  const text = await textInChunks(context, plan);
  context.write(record);
  if (note !== null) context.write({ type: 'warning', code: 'likelihood_reference', message: note });
  const { title } = context.plan.framework;
  if (text.record.tokensSha256 !== tokensSha256) {
    throw otherModel(`${title} makes other token ids of the text than ${record.title}`);
  }
  const scoreChunk: ScoreChunk = async (tokens, chunk) => {
    const expected = await stored.read(chunk);
    return scoreRows(context, folder, tokens, (row, token, index) => {
      if (row.length !== stored.columns) {
        throw otherModel(
          `${title} has logits for ${row.length} tokens, ${record.title} for ${stored.columns}: not the same vocabulary`,
        );
      }
      const divergence = tokenDivergence(row, readStored(stored.rowOf(expected, index), row.length), token);
      const referenceNll = referenceNlls[chunk]?.[index] ?? Number.NaN;
      const { nll, top } = divergence;
      return { nll, topHit: top === token, divergence: { ...divergence, referenceNll } };
    });
  };
  await scoreChunks(context, text, scoreChunk, 'logits', onChunk);
}

function otherModel(message: string): UserError {
  return new UserError(message, { remedy: 'Compare files of one and the same model.' });
}

/**
 * Scores the second half of a chunk by the logits before each token, whichever engine they come from.
 * @throws UserError when the engine shows no logits, or there is no room for them
 */
async function scoreRows(
  { engine, showsLogits, plan }: RunContext,
  folder: ReferenceFolder,
  tokens: readonly number[],
  score: (row: Float32Array, token: number, index: number) => ScoredToken,
): Promise<ScoredToken[]> {
  if (!showsLogits) {
    throw new UserError(`${plan.framework.title} shows no logits: there is no KL divergence of it`, {
      remedy: 'Leave it out of --frameworks, or add --no-reference.',
    });
  }
  const from = firstScored(tokens.length) + 1;
  const path = folder.file('chunk');
  const file = await engine.score({ tokens, from, path });
  // The last row of a score, which predicts what follows the text, is of no use here.
  const wanted = tokens.length - from;
  if (file.rows < wanted) throw new RangeError(`${file.rows} rows of logits came for ${wanted} tokens`);
  await using rows = await openLogitRows(path, file);
  const scored: ScoredToken[] = [];
  for (let i = 0; i < wanted; i++) scored.push(score(await rows.read(i), tokens[from + i] ?? -1, i));
  return scored;
}

async function scoreChunks(
  context: RunContext,
  { record: text, chunks }: TextInChunks,
  scoreChunk: ScoreChunk,
  from: 'logits' | 'likelihoods',
  onChunk: OnChunk,
): Promise<void> {
  const { timeLog, write, checkInterrupted } = context;
  write(text);
  const written: LikelihoodChunkRecord[] = [];
  const kl: number[] = [];
  const shifts: number[] = [];
  onChunk(0, chunks.length);
  for (const [chunk, tokens] of chunks.entries()) {
    checkInterrupted();
    const startNs = timeLog.now();
    const scored = await scoreChunk(tokens, chunk);
    const endNs = timeLog.now();
    const figures = chunkFigures(requireFinite(scored, text.scoredPerChunk, chunk));
    for (const { divergence } of scored) {
      if (divergence === null) continue;
      kl.push(divergence.kl);
      shifts.push(divergence.shift);
    }
    const perplexity = perplexityOf([...written, figures]).value;
    const record: LikelihoodChunkRecord = { type: 'likelihood_chunk', chunk, startNs, endNs, ...figures, perplexity };
    written.push(record);
    write(record);
    onChunk(chunk + 1, chunks.length);
  }
  write({
    type: 'perplexity',
    chunks: chunks.length,
    evaluatedTokens: chunks.length * text.chunkTokens,
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

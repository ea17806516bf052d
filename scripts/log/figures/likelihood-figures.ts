/** From the scored tokens of a run to the sums of its chunks and the figures of the whole, as llama-perplexity prints them. */

import {
  covarianceOfMeans,
  differenceOf,
  type Estimate,
  exponentialOf,
  meanOf,
  percentileOf,
  rootOf,
  type Sums,
  shareOf,
  sumsOf,
} from '../../workloads/perplexity/likelihood-statistics.ts';
import type { LikelihoodChunkRecord, PerplexityRecord } from '../../workloads/perplexity/records.ts';
import type { TokenDivergence } from '../../workloads/perplexity/token-divergence.ts';

/** One scored token; without a divergence where nothing is compared. */
export interface ScoredToken {
  nll: number;
  /** It was the most probable. */
  topHit: boolean;
  divergence: (TokenDivergence & { referenceNll: number }) | null;
}

type ChunkFigures = Pick<LikelihoodChunkRecord, 'tokens' | 'nll' | 'topHits' | 'divergence'>;
type Divergence = NonNullable<LikelihoodChunkRecord['divergence']>;
type Figures = Pick<PerplexityRecord, 'tokens' | 'perplexity' | 'topHits' | 'divergence'>;

export function chunkFigures(tokens: readonly ScoredToken[]): ChunkFigures {
  const compared = tokens.flatMap(({ nll, divergence }) => (divergence === null ? [] : [{ ...divergence, nll }]));
  return {
    tokens: tokens.length,
    nll: sumsOf(tokens.map(({ nll }) => nll)),
    topHits: tokens.filter(({ topHit }) => topHit).length,
    divergence: compared.length === 0 ? null : divergenceSums(compared),
  };
}

function divergenceSums(tokens: ReadonlyArray<NonNullable<ScoredToken['divergence']>>): Divergence {
  const kl = tokens.map((token) => token.kl);
  return {
    referenceNll: sumsOf(tokens.map(({ referenceNll }) => referenceNll)),
    storedNll: sumsOf(tokens.map(({ storedNll }) => storedNll)),
    products: tokens.reduce((sum, { nll, referenceNll }) => sum + nll * referenceNll, 0),
    storedProducts: tokens.reduce((sum, { nll, storedNll }) => sum + nll * storedNll, 0),
    kl: sumsOf(kl),
    klMin: Math.min(...kl),
    klMax: Math.max(...kl),
    shift: sumsOf(tokens.map(({ shift }) => shift)),
    shiftFourths: tokens.reduce((sum, { shift }) => sum + shift ** 4, 0),
    sameTop: tokens.filter(({ sameTop }) => sameTop).length,
  };
}

/** exp of the mean negative log-likelihood over chunks. */
export function perplexityOf(chunks: ReadonlyArray<Pick<ChunkFigures, 'tokens' | 'nll'>>): Estimate {
  const tokens = chunks.reduce((sum, chunk) => sum + chunk.tokens, 0);
  return exponentialOf(meanOf(total(chunks.map(({ nll }) => nll)), tokens));
}

/**
 * @param kl of every token, for the percentiles
 * @param shifts of every token
 */
export function figuresOf(chunks: readonly ChunkFigures[], kl: readonly number[], shifts: readonly number[]): Figures {
  const tokens = chunks.reduce((sum, chunk) => sum + chunk.tokens, 0);
  const nll = total(chunks.map((chunk) => chunk.nll));
  const compared = chunks.flatMap(({ divergence }) => (divergence === null ? [] : [divergence]));
  return {
    tokens,
    perplexity: perplexityOf(chunks),
    topHits: shareOf(
      chunks.reduce((sum, { topHits }) => sum + topHits, 0),
      tokens,
    ),
    divergence: compared.length === 0 ? null : divergenceFigures(compared, nll, tokens, kl, shifts),
  };
}

function divergenceFigures(
  chunks: readonly Divergence[],
  nll: Sums,
  count: number,
  kl: readonly number[],
  shifts: readonly number[],
): NonNullable<Figures['divergence']> {
  const add = (pick: (chunk: Divergence) => number) => chunks.reduce((sum, chunk) => sum + pick(chunk), 0);
  const addSums = (pick: (chunk: Divergence) => Sums) => total(chunks.map(pick));
  const shift = addSums((chunk) => chunk.shift);
  const meanSquare = meanOf({ sum: shift.squares, squares: add(({ shiftFourths }) => shiftFourths) }, count);
  const sortedKl = Float64Array.from(kl).sort();
  const sortedShifts = Float64Array.from(shifts).sort();
  return {
    ...against(
      nll,
      addSums(({ referenceNll }) => referenceNll),
      add(({ products }) => products),
      count,
    ),
    stored: against(
      nll,
      addSums(({ storedNll }) => storedNll),
      add(({ storedProducts }) => storedProducts),
      count,
    ),
    kl: meanOf(
      addSums((chunk) => chunk.kl),
      count,
    ),
    klMin: sortedKl[0] ?? Number.NaN,
    klMedian: medianOf(sortedKl),
    klMax: sortedKl.at(-1) ?? Number.NaN,
    klPercentiles: percentiles(sortedKl, [0.1, 1, 5, 10, 90, 95, 99, 99.9]),
    shift: meanOf(shift, count),
    shiftRms: rootOf(meanSquare),
    shiftMin: sortedShifts[0] ?? Number.NaN,
    shiftMedian: medianOf(sortedShifts),
    shiftMax: sortedShifts.at(-1) ?? Number.NaN,
    shiftPercentiles: percentiles(sortedShifts, [0.1, 1, 5, 10, 25, 75, 90, 95, 99, 99.9]),
    sameTop: shareOf(
      add(({ sameTop }) => sameTop),
      count,
    ),
  };
}

/** Perplexity held against the reference's on the same tokens; the errors know that both go up and down together. */
function against(nll: Sums, reference: Sums, products: number, count: number) {
  const [own, other] = [meanOf(nll, count), meanOf(reference, count)];
  const covariance = covarianceOfMeans(nll, reference, products, count);
  const [perplexity, referencePerplexity] = [exponentialOf(own), exponentialOf(other)];
  const lnRatio = differenceOf(own, other, covariance);
  const spread = (own.error ?? 0) * (other.error ?? 0);
  return {
    referencePerplexity,
    lnRatio,
    ratio: exponentialOf(lnRatio),
    difference: differenceOf(
      perplexity,
      referencePerplexity,
      perplexity.value * referencePerplexity.value * covariance,
    ),
    // Of two samples that do not vary nothing can be said; they are alike.
    correlation: spread === 0 ? 1 : covariance / spread,
  };
}

function total(parts: readonly Sums[]): Sums {
  return parts.reduce(({ sum, squares }, part) => ({ sum: sum + part.sum, squares: squares + part.squares }), {
    sum: 0,
    squares: 0,
  });
}

function medianOf(sorted: Float64Array): number {
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

function percentiles(sorted: Float64Array, of: readonly number[]): Record<string, number | null> {
  return Object.fromEntries(of.map((p) => [String(p), percentileOf(sorted, p / 100)]));
}

/** From the scored tokens of a run to the sums of its chunks and the figures of the whole, as llama-perplexity prints them. */

import { sum } from 'd3-array';
import { percentileIsSupported } from '../../statistics/statistics.ts';
import type { LikelihoodChunkRecord, PerplexityRecord } from './records.ts';

/** How far the distribution before a token is from the reference's. */
export interface TokenDivergence {
  /** Negative log-likelihood of the token, nats: in this run, and in the reference as it was stored. */
  nll: number;
  storedNll: number;
  /** KL(reference ‖ this run), nats; by rounding of the stored reference it may lie just below zero. */
  kl: number;
  /** Probability of the token in this run minus that in the reference. */
  shift: number;
  /** The token that this run found the most probable. */
  top: number;
  /** Both find the same token the most probable. */
  sameTop: boolean;
}

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
    products: sum(tokens, ({ nll, referenceNll }) => nll * referenceNll),
    storedProducts: sum(tokens, ({ nll, storedNll }) => nll * storedNll),
    kl: sumsOf(kl),
    klMin: Math.min(...kl),
    klMax: Math.max(...kl),
    shift: sumsOf(tokens.map(({ shift }) => shift)),
    shiftFourths: sum(tokens, ({ shift }) => shift ** 4),
    sameTop: tokens.filter(({ sameTop }) => sameTop).length,
  };
}

/** exp of the mean negative log-likelihood over chunks. */
export function perplexityOf(chunks: ReadonlyArray<Pick<ChunkFigures, 'tokens' | 'nll'>>): Estimate {
  const tokens = sum(chunks, (chunk) => chunk.tokens);
  return exponentialOf(meanOf(total(chunks.map(({ nll }) => nll)), tokens));
}

/**
 * @param kl of every token, for the percentiles
 * @param shifts of every token
 */
export function figuresOf(chunks: readonly ChunkFigures[], kl: readonly number[], shifts: readonly number[]): Figures {
  const tokens = sum(chunks, (chunk) => chunk.tokens);
  const nll = total(chunks.map((chunk) => chunk.nll));
  const compared = chunks.flatMap(({ divergence }) => (divergence === null ? [] : [divergence]));
  return {
    tokens,
    perplexity: perplexityOf(chunks),
    topHits: shareOf(
      sum(chunks, ({ topHits }) => topHits),
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
  const add = (pick: (chunk: Divergence) => number) => sum(chunks, pick);
  const addSums = (pick: (chunk: Divergence) => Sums) => total(chunks.map(pick));
  const shift = addSums((chunk) => chunk.shift);
  const meanSquare = meanOf({ sum: shift.squares, squares: add(({ shiftFourths }) => shiftFourths) }, count);
  const referenceNll = addSums((chunk) => chunk.referenceNll);
  const storedNll = addSums((chunk) => chunk.storedNll);
  const klSums = addSums((chunk) => chunk.kl);
  const sortedKl = Float64Array.from(kl).sort();
  const sortedShifts = Float64Array.from(shifts).sort();
  const products = add((chunk) => chunk.products);
  const storedProducts = add((chunk) => chunk.storedProducts);
  const sameTop = add((chunk) => chunk.sameTop);
  return {
    ...against(nll, referenceNll, products, count),
    stored: against(nll, storedNll, storedProducts, count),
    kl: meanOf(klSums, count),
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
    sameTop: shareOf(sameTop, count),
  };
}

/** The perplexity beside that of the reference on the same tokens; the errors know that both go up and down together. */
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
  return { sum: sum(parts, (part) => part.sum), squares: sum(parts, ({ squares }) => squares) };
}

function medianOf(sorted: Float64Array): number {
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

function percentiles(sorted: Float64Array, of: readonly number[]): Record<string, number | null> {
  return Object.fromEntries(of.map((p) => [String(p), percentileOf(sorted, p / 100)]));
}

export interface Estimate {
  value: number;
  /** Standard error; null of too few. */
  error: number | null;
}

/** Sums that give a mean, its error and its covariance with another. */
export interface Sums {
  sum: number;
  squares: number;
}

/** Fewer say nothing of their spread; `mean_and_uncertainty` there. */
const fewestForError = 11;

export function sumsOf(values: readonly number[]): Sums {
  return { sum: sum(values), squares: sum(values, (value) => value * value) };
}

/** Mean, and √((mean of squares − square of mean) / (n − 1)). */
export function meanOf({ sum, squares }: Sums, count: number): Estimate {
  const value = sum / count;
  const variance = squares / count - value * value;
  if (count < fewestForError) return { value, error: null };
  return { value, error: variance > 0 ? Math.sqrt(variance / (count - 1)) : 0 };
}

/** exp of a mean: its error is that of the mean times the value. */
function exponentialOf({ value, error }: Estimate): Estimate {
  return { value: Math.exp(value), error: error === null ? null : Math.exp(value) * error };
}

/** Covariance of the means of two paired samples. @param products sum of a·b */
function covarianceOfMeans(a: Sums, b: Sums, products: number, count: number): number {
  return (products / count - (a.sum / count) * (b.sum / count)) / (count - 1);
}

/** Difference of two means of paired samples. */
function differenceOf(a: Estimate, b: Estimate, covariance: number): Estimate {
  const value = a.value - b.value;
  if (a.error === null || b.error === null) return { value, error: null };
  return { value, error: Math.sqrt(Math.max(0, a.error ** 2 + b.error ** 2 - 2 * covariance)) };
}

/** √ of a mean of squares: Δ√x = Δx / (2√x). */
function rootOf({ value, error }: Estimate): Estimate {
  const root = Math.sqrt(value);
  return { value: root, error: error === null || root === 0 ? error : (0.5 / root) * error };
}

/** A share of so many, with √(p (1 − p) / (n − 1)). */
function shareOf(hits: number, count: number): Estimate {
  const value = hits / count;
  return { value, error: count < fewestForError ? null : Math.sqrt((value * (1 - value)) / (count - 1)) };
}

/**
 * Linear interpolation, R-7, as there. Null where too few values lie beyond it.
 * @param sorted ascending
 * @param p between 0 and 1
 */
export function percentileOf(sorted: Float64Array, p: number): number | null {
  if (!percentileIsSupported(sorted.length, Math.max(p, 1 - p))) return null;
  const place = p * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] ?? Number.NaN;
  return low + (place - below) * ((sorted[below + 1] ?? low) - low);
}

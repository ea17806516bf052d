/** What must hold in every log of a perplexity run, whatever was scored. */

import { sum } from 'd3-array';
import type { LogWatch, WorkloadRules } from '../../results/invariants/log-watch.ts';
import { figuresOf } from './figures.ts';
import type { LikelihoodChunkRecord, PerplexityRecord, TextRecord } from './records.ts';

export const rules: WorkloadRules = {
  once: ['text', 'likelihood_reference', 'perplexity'],
  watch: () => [watchText()],
};

function watchText(): LogWatch {
  let text: TextRecord | null = null;
  const chunks: LikelihoodChunkRecord[] = [];
  let hasReference = false;
  let hasResult = false;
  return {
    record(record) {
      switch (record.type) {
        case 'text':
          text = record;
          return [textFault(record)];
        case 'likelihood_reference':
          hasReference = true;
          return [];
        case 'likelihood_chunk': {
          const faults = likelihoodChunkFaults(record, text, chunks);
          chunks.push(record);
          return faults;
        }
        case 'perplexity':
          hasResult = true;
          return perplexityFaults(record, text, chunks);
        default:
          return [];
      }
    },
    end(status) {
      if (status === 'completed' && !hasResult) return ['a completed perplexity run without a result'];
      const compared = chunks.some(({ divergence }) => divergence !== null);
      return [compared && !hasReference ? 'a divergence without a reference' : null];
    },
  };
}

/** Sums of the same numbers in the same order; only the way through text may round. */
const rounding = 1e-9;
/**
 * A stored reference is rounded to half a step of 16 / 65535 nats, so a divergence may lie so far below zero, and no farther.
 */
const klRounding = 1.3e-4;

function textFault({ tokens, chunks, chunkTokens, scoredPerChunk, bos }: TextRecord): string | null {
  const all = tokens + (bos === null ? 0 : 1);
  if (chunks * chunkTokens > all) return `${chunks} chunks of ${chunkTokens} tokens in a text of ${all}`;
  const expected = chunkTokens - 1 - Math.floor(chunkTokens / 2);
  return scoredPerChunk === expected ? null : `${scoredPerChunk} of ${chunkTokens} tokens are scored, not ${expected}`;
}

/** @param before chunks of the same run */
function likelihoodChunkFaults(
  record: LikelihoodChunkRecord,
  text: TextRecord | null,
  before: readonly LikelihoodChunkRecord[],
): string[] {
  const { chunk, startNs, endNs, tokens, nll, perplexity, topHits, divergence } = record;
  const faults: string[] = [];
  if (text === null) faults.push('belongs to no text');
  if (text !== null && tokens !== text.scoredPerChunk) {
    faults.push(`has ${tokens} scored tokens, and the text says ${text.scoredPerChunk}`);
  }
  if (chunk !== before.length) faults.push(`stands behind ${before.length} others`);
  if (startNs < (before.at(-1)?.endNs ?? startNs) || endNs < startNs) faults.push('has instants that do not ascend');
  if (nll.sum < 0 || nll.squares < 0) faults.push(`has a negative log-likelihood of ${nll.sum}, below 0`);
  const all = [...before, record];
  const mean = sum(all, (each) => each.nll.sum) / sum(all, (each) => each.tokens);
  if (!near(Math.log(perplexity), mean)) {
    faults.push(`has a perplexity of ${perplexity}, but its sums give ${Math.exp(mean)}`);
  }
  if (topHits > tokens) faults.push(`has ${topHits} right tokens of ${tokens}`);
  if (divergence !== null) {
    const { kl, klMin, klMax, shift, sameTop } = divergence;
    if (klMin < -klRounding) faults.push(`has a KL divergence of ${klMin}, below 0`);
    if (klMax < klMin || kl.sum / tokens > klMax + rounding || kl.sum / tokens < klMin - rounding) {
      faults.push(`has a mean KL divergence of ${kl.sum / tokens} outside of ${klMin} to ${klMax}`);
    }
    if (Math.abs(shift.sum) > tokens) faults.push(`has probability shifts that sum to ${shift.sum}`);
    if (sameTop > tokens) faults.push(`has ${sameTop} of ${tokens} tokens with the same most probable one`);
  }
  return faults.map((fault) => `chunk ${chunk} ${fault}`);
}

function perplexityFaults(
  record: PerplexityRecord,
  text: TextRecord | null,
  chunks: readonly LikelihoodChunkRecord[],
): string[] {
  const faults: string[] = [];
  if (record.chunks !== chunks.length || record.chunks !== text?.chunks) {
    faults.push(`${record.chunks} chunks, of ${text?.chunks ?? 'no text'}, and ${chunks.length} of them`);
  }
  const tokens = sum(chunks, (chunk) => chunk.tokens);
  if (record.tokens !== tokens) faults.push(`${record.tokens} scored tokens, but the chunks have ${tokens}`);
  const mean = sum(chunks, (chunk) => chunk.nll.sum) / tokens;
  if (chunks.length > 0 && !near(Math.log(record.perplexity.value), mean)) {
    faults.push(`${record.perplexity.value}, but the chunks give ${Math.exp(mean)}`);
  }
  const evaluated = record.chunks * (text?.chunkTokens ?? 0);
  if (record.evaluatedTokens !== evaluated) {
    faults.push(`${record.evaluatedTokens} evaluated tokens, but the chunks have ${evaluated}`);
  }
  const tookNs = sum(chunks, ({ startNs, endNs }) => endNs - startNs);
  if (Math.abs(record.durationNs - tookNs) > chunks.length + 1) {
    faults.push(`it took ${record.durationNs} ns, and its chunks ${tookNs} ns`);
  }
  const { divergence } = record;
  if ((divergence === null) !== chunks.every((chunk) => chunk.divergence === null)) {
    faults.push(divergence === null ? 'chunks with a divergence, and none over all' : 'a divergence that no chunk has');
  }
  if (chunks.length > 0) faults.push(...estimateFaults(record, chunks));
  return faults.map((fault) => `perplexity: ${fault}`);
}

/** Estimates over all chunks, those against the reference among them; percentiles need the single tokens. */
function estimateFaults(record: PerplexityRecord, chunks: readonly LikelihoodChunkRecord[]): string[] {
  const found = figuresOf(chunks, [], []);
  const { divergence } = record;
  return [
    ...differing({ perplexity: record.perplexity, topHits: record.topHits }, found),
    ...(divergence === null || found.divergence === null
      ? []
      : [...differing(divergence, found.divergence), ...differing(divergence.stored, found.divergence.stored)]),
  ];
}

type Figures = Readonly<Record<string, unknown>>;

/** Of those that are estimates or plain numbers; NaN is what cannot be found without the tokens. */
function differing(told: Figures, found: Figures): string[] {
  return Object.entries(told).flatMap(([name, value]) => {
    const [own, other] = [numbersOf(value), numbersOf(found[name])];
    const differs = own.some((number, i) => !near(number, other[i] ?? number));
    return differs ? [`${name} is ${own.join(' ± ')}, but the chunks give ${other.join(' ± ')}`] : [];
  });
}

function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return Number.isNaN(value) ? [] : [value];
  if (typeof value !== 'object' || value === null || !('value' in value) || !('error' in value)) return [];
  return [value.value, value.error].filter((part) => typeof part === 'number');
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= rounding * Math.max(1, Math.abs(b));
}

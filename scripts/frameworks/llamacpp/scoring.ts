/**
 * Evaluates given tokens and generates none: for all logits of a text, written row by row, for the probabilities of its tokens
 * only, or for the time that it takes.
 */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { KernelClock, KernelTest, LikelihoodRequest, Likelihoods, Scored, ScoreRequest } from '../framework.ts';
import type { Native } from './addon.ts';
import type { DecodeLoop } from './decode-loop.ts';

/** What evaluates whole texts: alone in the context, or beside answers that are being generated. */
type TextEvaluator = Pick<DecodeLoop, 'evaluate'>;

/** Writes the logits after each token, row by row. */
export async function score(native: Native, texts: TextEvaluator, request: ScoreRequest): Promise<Scored> {
  const sampler = native.createSampler();
  sampler.applyConfig({ temperature: 0, seed: 0 });
  const file = createWriteStream(request.path);
  const written = finished(file);
  // Awaited below; a full disk must not end the process before that.
  written.catch(() => {});
  const ask = (index: number | undefined) => {
    if (index === undefined) return undefined;
    const asked = native.context.sampleToken(index, sampler, false, false, true);
    asked.catch(() => {});
    return asked;
  };
  let rows = 0;
  let columns = 0;
  try {
    await texts.evaluate(Uint32Array.from(request.tokens), request.from - 1, async (indexes) => {
      // The addon sorts the next row on its thread while this one is ordered and written.
      let next = ask(indexes[0]);
      try {
        for (let i = 1; next !== undefined; i++) {
          const [, , , logits] = await next;
          next = ask(indexes[i]);
          if (logits === undefined) throw new Error('llama.cpp showed no logits');
          columns = logits.length / 2;
          rows++;
          if (!file.write(inOrder(logits))) await once(file, 'drain');
        }
      } finally {
        // The sampler must not be disposed while the addon uses it.
        await next?.catch(() => {});
      }
    });
  } finally {
    sampler.dispose();
    file.end();
  }
  await written;
  return { rows, columns };
}

/** Converts pairs of token id and logit, in any order, to float32 values by id. */
function inOrder(pairs: readonly number[]): Uint8Array {
  const row = new Float32Array(pairs.length / 2);
  for (let i = 0; i < pairs.length; i += 2) row[pairs[i] ?? 0] = pairs[i + 1] ?? Number.NaN;
  return new Uint8Array(row.buffer);
}

/**
 * Computes how likely llama.cpp finds each token of a text. The addon sums over the vocabulary itself, so a row costs two logits
 * instead of a sorted list of all: at 32,000 tokens about 0.4 instead of 8 milliseconds.
 */
export async function likelihoods(
  native: Native,
  texts: TextEvaluator,
  { tokens, from, top }: LikelihoodRequest,
): Promise<Likelihoods> {
  const sampler = native.createSampler();
  // Greedy sampling returns the token with the largest logit, to which the weights are relative.
  sampler.applyConfig({ temperature: 0, seed: 0 });
  const logProbabilities: number[] = [];
  const mostProbable: number[] = [];
  const mostProbableOnes: NonNullable<Likelihoods['top']> = [];
  // The addon sorts the whole vocabulary for more than the greedy token, which it returns anyway.
  const sorted = top === undefined || top === 1 ? 0 : top;
  try {
    await texts.evaluate(Uint32Array.from(tokens), from - 1, async (indexes, firstToken) => {
      // All are queued on the one pool thread; the last row predicts the token after the end, which nobody asks for.
      const asked = [...indexes].flatMap((index, i) => {
        const token = tokens[firstToken + i + 1];
        if (token === undefined) return [];
        const sampled = native.context.sampleToken(
          index,
          sampler,
          false,
          false,
          [[token], false, false, true, sorted],
          true,
        );
        return [sampled.then((result) => ({ token, result }))];
      });
      // Wait for each even if others fail: the sampler must not be disposed while the addon uses it.
      for (const settled of await Promise.allSettled(asked)) {
        if (settled.status === 'rejected') throw settled.reason;
        const { token, result } = settled.value;
        const [greedy, , , logits, totalWeight] = result;
        const logit = logitOf(token, logits);
        const largest = logitOf(greedy, logits);
        if (logit === undefined || largest === undefined || totalWeight === undefined) {
          throw new Error('llama.cpp showed no logits');
        }
        const logProbabilityOf = (value: number) => value - largest - Math.log(totalWeight);
        logProbabilities.push(logProbabilityOf(logit));
        mostProbable.push(greedy);
        if (top === undefined) continue;
        const others = firstPairs(logits, sorted).filter(([id]) => id !== greedy);
        const best = [[greedy, largest] as const, ...others].slice(0, top);
        mostProbableOnes.push(best.map(([id, value]) => [id, logProbabilityOf(value)]));
      }
    });
  } finally {
    sampler.dispose();
  }
  return { logProbabilities, mostProbable, ...(top === undefined ? {} : { top: mostProbableOnes }) };
}

/** The first of pairs of token id and logit, as the addon lays them out. */
function firstPairs(pairs: readonly number[] = [], count: number): Array<readonly [id: number, logit: number]> {
  const found = Array.from(
    { length: Math.min(count, pairs.length / 2) },
    (_, i) => [pairs[2 * i] ?? -1, pairs[2 * i + 1] ?? Number.NaN] as const,
  );
  return found;
}

/** Finds a token in pairs of token id and logit. */
function logitOf(token: number, pairs: readonly number[] = []): number | undefined {
  for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === token) return pairs[i + 1];
  return undefined;
}

const firstLogit = Uint32Array.of(0);

/**
 * Runs llama-bench's pp and tg tests (tools/llama-bench/llama-bench.cpp, test_prompt and test_gen): random token ids, the first
 * one BOS if the vocabulary has it, synchronised, no sampling.
 */
export async function runKernel(
  { context }: Native,
  loop: DecodeLoop,
  vocabulary: { size: number; bos: number | null },
  { test, tokens, depth, seed }: KernelTest,
  clock: KernelClock,
): Promise<void> {
  const ids = randomTokens(depth + tokens, vocabulary, seed);
  loop.reset();
  if (depth > 0) await loop.prefill(ids.slice(0, depth), 0);
  const work = ids.slice(depth);
  const single = Array.from(work, (_, i) => work.subarray(i, i + 1));
  clock.start();
  if (test === 'pp') await loop.prefill(work, depth);
  else {
    // The tokens are random, so no decode waits for a sampler.
    for (let i = 0; i < single.length; i++) {
      context.initBatch(1);
      context.addToBatch(0, depth + i, single[i] ?? work, firstLogit);
      await context.decodeBatch();
    }
  }
  clock.stop();
  loop.reset();
}

/** A linear congruential generator (Numerical Recipes): any ids do, but the same seed must give the same ones. */
function randomTokens(count: number, vocabulary: { size: number; bos: number | null }, seed: number): Uint32Array {
  const tokens = new Uint32Array(count);
  let state = seed >>> 0;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    tokens[i] = Math.floor((state / 2 ** 32) * vocabulary.size);
  }
  if (vocabulary.bos !== null && count > 0) tokens[0] = vocabulary.bos;
  return tokens;
}

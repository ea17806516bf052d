import { expect, test } from 'vitest';
import { type Decoder, measureDecoders, rateRatio, ratioText } from '../../../scripts/overhead/decode-yardstick.ts';

const plan = { prompt: [1, 2], tokens: 3, rounds: 2, turns: 2, seed: 1 };
const never = new AbortController().signal;

/** A token every so many milliseconds, but the first one after a second; writes down what is done with it. */
function decoder(name: string, tokenMs: number, done: string[], ids = [7, 8, 9]): () => Promise<Decoder> {
  return async () => {
    done.push(`start ${name}`);
    return {
      async decode(prompt, tokens) {
        expect({ prompt, tokens }).toEqual({ prompt: [1, 2], tokens: 3 });
        done.push(name);
        return { ids, atMs: ids.map((_, i) => 1000 + i * tokenMs) };
      },
      async [Symbol.asyncDispose]() {
        done.push(`end ${name}`);
      },
    };
  };
}

test('fresh processes take turns in every round, A B B A, and the first turn of each is a warm-up', async () => {
  const done: string[] = [];
  const rates = await measureDecoders([decoder('a', 10, done), decoder('b', 20, done)], plan, () => {}, never);
  // 10 and 20 ms a token; what comes before the first one is not counted.
  expect(rates).toEqual([
    [
      [100, 100],
      [100, 100],
    ],
    [
      [50, 50],
      [50, 50],
    ],
  ]);
  expect(done).toHaveLength(20);
  const round = done.slice(0, 10);
  expect(round.filter((event) => event.includes(' '))).toEqual(['start a', 'start b', 'end a', 'end b']);
  const turns = round.slice(2, -2);
  expect(turns.slice(2, 4)).toEqual(turns.slice(0, 2).toReversed());
});

test('a token that took long for once does not move the rate', async () => {
  const hiccup: Decoder = {
    decode: async () => ({ ids: [1, 2, 3, 4], atMs: [0, 10, 20, 500] }),
    [Symbol.asyncDispose]: async () => {},
  };
  const once = { ...plan, rounds: 1, turns: 1 };
  expect(await measureDecoders([async () => hiccup], once, () => {}, never)).toEqual([[[100]]]);
});

test('decoders with different ids are not compared, and all are ended', async () => {
  const done: string[] = [];
  const others = [decoder('a', 10, done), decoder('b', 10, done, [7, 8, 10])];
  await expect(measureDecoders(others, plan, () => {}, never)).rejects.toThrow('gave different tokens');
  expect(done.slice(-2)).toEqual(['end a', 'end b']);
});

test('an interruption ends what runs and leaves the rounds that were complete', async () => {
  const done: string[] = [];
  const controller = new AbortController();
  const abortSecond = (round: number) => {
    if (round === 1) controller.abort();
  };
  const rates = await measureDecoders([decoder('a', 10, done)], plan, abortSecond, controller.signal);
  expect(rates).toEqual([[[100, 100]]]);
  expect(done).toEqual(['start a', 'a', 'a', 'a', 'end a', 'start a', 'end a']);
});

test('a process that the interruption ended while it started is no failure', async () => {
  const controller = new AbortController();
  const ended = async () => {
    controller.abort();
    throw new Error('ended by SIGINT');
  };
  expect(await measureDecoders([ended], plan, () => {}, controller.signal)).toEqual([[]]);
  await expect(measureDecoders([ended], plan, () => {}, never)).rejects.toThrow('ended by SIGINT');
});

test('the ratio is the geometric mean over rounds of those of their medians, and rounds are what its interval is of', () => {
  const steady = [[100, 102], [100, 98], [100]];
  const half = rateRatio(
    steady.map((round) => round.map((rate) => rate / 2)),
    steady,
  );
  expect(half).toMatchObject({ ours: 50, theirs: 100, ratio: 0.5 });
  expect(half.interval?.low).toBeCloseTo(0.5, 10);
  expect(half.interval?.high).toBeCloseTo(0.5, 10);
  // ln 1, ln 1 and ln 0.6: mean -0.17028, error of the mean the same, 4.30265 of them to either side.
  const odd = rateRatio([[100], [100], [60]], [[100], [100], [100]]);
  expect(odd.ratio).toBeCloseTo(0.6 ** (1 / 3), 12);
  expect(ratioText(odd)).toBe('0.843 (0.405 to 1.755)');
  expect(ratioText(rateRatio([[50]], [[100]]))).toBe('0.500');
});

import { expect, test } from 'vitest';
import {
  type Contender,
  generationRate,
  type Measured,
  type StartContender,
} from '../../../scripts/frameworks/own-benchmark.ts';
import { testsFor } from '../../../scripts/overhead/engine-contender.ts';
import { compareTurns, measureTurns, ratioText, ratioWithInterval } from '../../../scripts/overhead/turns.ts';

const signal = new AbortController().signal;
const once = { starts: 1, rounds: 1, seed: 1 };

function scripted(log: string[], name: string, measured: (turn: number) => Measured): StartContender {
  let turn = 0;
  return async (): Promise<Contender> => {
    log.push(`${name} starts`);
    return {
      async measure() {
        log.push(name);
        return measured(turn++);
      },
      async [Symbol.asyncDispose]() {
        log.push(`${name} ends`);
      },
    };
  };
}

const steady = (tg: number, ids?: number[]) => () => ({ rates: { tg }, ...(ids === undefined ? {} : { ids }) });

test('each has its turn in every round, another one is first in the next, and all processes start anew', async () => {
  const log: string[] = [];
  const starters = ['a', 'b'].map((name) => scripted(log, name, (turn) => ({ rates: { pp: turn, tg: 10 * turn } })));
  const rounds: number[] = [];
  const rates = await measureTurns(starters, { starts: 2, rounds: 2, seed: 1 }, (round) => rounds.push(round), signal);
  expect(rounds).toEqual([0, 1, 2, 3]);
  expect(log.join(' ')).toBe('a starts b starts a b b a a ends b ends b starts a starts a b b a b ends a ends');
  const both = [
    [
      { pp: 0, tg: 0 },
      { pp: 1, tg: 10 },
    ],
    [
      { pp: 2, tg: 20 },
      { pp: 3, tg: 30 },
    ],
  ];
  expect(rates).toEqual([both, both]);
});

test('processes end when one of them fails', async () => {
  const log: string[] = [];
  const failing = scripted(log, 'b', () => {
    throw new Error('gone');
  });
  const starters = [scripted(log, 'a', steady(1)), failing];
  await expect(measureTurns(starters, once, () => {}, signal)).rejects.toThrow('gone');
  expect(log.slice(-2)).toEqual(['a ends', 'b ends']);
});

test('contenders that generate different ids are not compared, and all are ended', async () => {
  const log: string[] = [];
  const others = [scripted(log, 'a', steady(1, [7, 8, 9])), scripted(log, 'b', steady(1, [7, 8, 10]))];
  await expect(measureTurns(others, once, () => {}, signal)).rejects.toThrow('generated different tokens');
  expect(log.slice(-2)).toEqual(['a ends', 'b ends']);
  const alike = [scripted(log, 'a', steady(1, [7, 8])), scripted(log, 'program', steady(1))];
  expect(await measureTurns(alike, once, () => {}, signal)).toHaveLength(2);
});

test('an interruption ends what runs and leaves the starts that were completed', async () => {
  const log: string[] = [];
  const controller = new AbortController();
  const abortThird = (round: number) => {
    if (round === 2) controller.abort();
  };
  const plan = { starts: 2, rounds: 2, seed: 1 };
  const rates = await measureTurns([scripted(log, 'a', steady(100))], plan, abortThird, controller.signal);
  expect(rates).toEqual([[[{ tg: 100 }, { tg: 100 }]]]);
  expect(log).toEqual(['a starts', 'a', 'a', 'a ends', 'a starts', 'a ends']);
});

test('a process that the interruption ended while it started is no failure', async () => {
  const controller = new AbortController();
  const ended = async () => {
    controller.abort();
    throw new Error('ended by SIGINT');
  };
  expect(await measureTurns([ended], once, () => {}, controller.signal)).toEqual([[]]);
  await expect(measureTurns([ended], once, () => {}, signal)).rejects.toThrow('ended by SIGINT');
});

const turns = (...starts: number[][]) => starts.map((rounds) => rounds.map((tg) => ({ tg })));

test('the ratio is the geometric mean over starts of those of their medians, and its interval is over starts', () => {
  const reference = turns([100, 102], [100, 98], [100]);
  const half = turns([50, 51], [50, 49], [50]);
  const [comparison, ...none] = compareTurns({ reference, half });
  expect(none).toEqual([]);
  expect(comparison).toMatchObject({ test: 'tg', reference: { name: 'reference', rate: 100 } });
  expect(comparison?.others[0]).toMatchObject({ name: 'half', rate: 50, ratio: 0.5 });
  expect(comparison?.others[0]?.interval?.low).toBeCloseTo(0.5, 10);
  expect(comparison?.others[0]?.interval?.high).toBeCloseTo(0.5, 10);
  // ln 1, ln 1 and ln 0.6: mean -0.17028, error of the mean the same, 4.30265 of them to either side.
  const odd = compareTurns({ reference: turns([100], [100], [100]), odd: turns([100], [100], [60]) })[0]?.others[0];
  expect(odd?.ratio).toBeCloseTo(0.6 ** (1 / 3), 12);
  if (odd !== undefined) expect(ratioWithInterval(odd)).toBe('0.843 (0.405 to 1.755)');
  const single = compareTurns({ reference: turns([100]), single: turns([50]) })[0]?.others[0];
  if (single !== undefined) expect(ratioText(single)).toBe('50.0, 0.500');
  expect([odd, single]).not.toContain(undefined);
});

test('a machine that halves its speed between starts changes no ratio', () => {
  const slowing = (base: number) => turns([base], [base / 2], [base / 4]);
  const [comparison] = compareTurns({ theirs: slowing(100), ours: slowing(90) });
  expect(comparison?.others[0]?.ratio).toBeCloseTo(0.9, 12);
});

test('prompt and generation are compared apart', () => {
  const rates = { reference: [[{ pp: 500, tg: 50 }]], other: [[{ pp: 250, tg: 45 }]] };
  expect(compareTurns(rates).map(({ test: name, others }) => [name, others[0]?.rate])).toEqual([
    ['pp', 250],
    ['tg', 45],
  ]);
});

test('a token that took long once does not change the rate, and the tokens during which it compiles do not count', () => {
  expect(generationRate([1000, 10, 10, 490])).toBe(100);
  expect(generationRate([1000, 800, 600, 10, 10], 3)).toBe(100);
});

test.each([
  [15e6, { nPrompt: 512, nGen: 128 }],
  [135e6, { nPrompt: 256, nGen: 32 }],
  [1.1e9, { nPrompt: 64, nGen: 16 }],
])('a model of %d parameters is measured with %j', (parameters, tests) => {
  expect(testsFor(parameters)).toEqual(tests);
});

import { expect, test } from 'vitest';
import {
  type KernelContender,
  kernelTestsFor,
  measureTurns,
  medianRatio,
} from '../../../../scripts/workloads/kernel/kernel-turns.ts';
import { turnsResult, turnsTable } from '../../../../scripts/workloads/kernel/kernel-turns-text.ts';

const signal = new AbortController().signal;

function scripted(log: string[], name: string, rates: (turn: number) => { pp: number; tg: number }) {
  let turn = 0;
  return async (): Promise<KernelContender> => {
    log.push(`${name} starts`);
    return {
      async measure() {
        log.push(name);
        return rates(turn++);
      },
      async [Symbol.asyncDispose]() {
        log.push(`${name} ends`);
      },
    };
  };
}

test('each has its turn in every round, another one is first in the next, and all processes begin anew', async () => {
  const log: string[] = [];
  const starters = ['a', 'b'].map((name) => scripted(log, name, (turn) => ({ pp: turn, tg: turn })));
  const rounds: number[] = [];
  await measureTurns(starters, { starts: 2, rounds: 2, seed: 1 }, (round) => rounds.push(round), signal);
  expect(rounds).toEqual([0, 1, 2, 3]);
  expect(log.join(' ')).toBe('a starts b starts a b b a a ends b ends b starts a starts a b b a b ends a ends');
});

test('processes end when one of them fails', async () => {
  const log: string[] = [];
  const failing = scripted(log, 'b', () => {
    throw new Error('gone');
  });
  const starters = [scripted(log, 'a', () => ({ pp: 1, tg: 1 })), failing];
  await expect(measureTurns(starters, { starts: 1, rounds: 1, seed: 1 }, () => {}, signal)).rejects.toThrow('gone');
  expect(log.slice(-2)).toEqual(['a ends', 'b ends']);
});

test('a ratio is of neighbours in time: a machine that halves its speed between rounds changes nothing', async () => {
  const log: string[] = [];
  const slowing = (base: number) => (turn: number) => ({ pp: base / 2 ** turn, tg: (2 * base) / 2 ** turn });
  const starters = [scripted(log, 'theirs', slowing(100)), scripted(log, 'ours', slowing(90))];
  const [theirs = [], ours = []] = await measureTurns(starters, { starts: 1, rounds: 5, seed: 1 }, () => {}, signal);
  expect(medianRatio(ours, theirs, 'pp')).toBeCloseTo(0.9, 12);
  const subject = { shape: '15M:f16', threads: 1, nPrompt: 512, nGen: 128 };
  const result = turnsResult(subject, ['theirs', 'ours'], [theirs, ours]);
  expect(result).toMatchObject({ rounds: 5, yardstick: { name: 'theirs', pp: 25, tg: 50 } });
  expect(turnsTable([result])).toMatch(/15M:f16 +1 +512, 128 +25\.0 +0\.90 +50\.0 +0\.90/);
});

test.each([
  [15e6, { nPrompt: 512, nGen: 128 }],
  [135e6, { nPrompt: 256, nGen: 32 }],
  [1.1e9, { nPrompt: 64, nGen: 16 }],
])('a model of %d parameters is measured with %j', (parameters, tests) => {
  expect(kernelTestsFor(parameters)).toEqual(tests);
});

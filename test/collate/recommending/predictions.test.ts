/** Predictions of what is known, with the truth hidden: bounds that they have to keep, and what they refuse. */
import { describe, expect, test } from 'vitest';
import { learn } from '../../../collate/recommending/learning/predictor.ts';
import { accuracyOf, judgeHidden, judgeLeftOut, regrets, wrongFits } from './accuracy.ts';
import { measuredObservations } from './measured-results.ts';
import { simulate, simulatedCosts } from './simulated-hosts.ts';

const observations = measuredObservations();

describe('of what was measured', () => {
  test('there are seven shapes, five formats and three frameworks', () => {
    const of = (key: 'model' | 'quantize' | 'framework') => new Set(observations.map((each) => each[key])).size;
    expect([of('model'), of('quantize'), of('framework')]).toEqual([7, 5, 3]);
  });

  test('a combination of a known format and a known size is decoded as predicted, and far nearer than by the common rule', () => {
    const { median, p90, coverage, ruleMedian } = accuracyOf(judgeLeftOut('decode', observations, 'combination'));
    expect(median).toBeLessThan(0.08);
    expect(p90).toBeLessThan(0.2);
    expect(coverage).toBeGreaterThan(0.85);
    expect(coverage).toBeLessThan(0.95);
    expect(ruleMedian).toBeGreaterThan(0.3);
  });

  test.each(['format', 'size'] as const)('a new %s is off by less than eight per cent in half of the cases', (step) => {
    expect(accuracyOf(judgeLeftOut('decode', observations, step)).median).toBeLessThan(0.08);
  });

  test('a new size is decoded as predicted, but for one of a sixth of all others', () => {
    const within = judgeLeftOut('decode', observations, 'size').filter(({ subject }) => subject.model !== 'shape-15m');
    expect(accuracyOf(within).p90).toBeLessThan(0.2);
  });

  test('prompts and memory are as predicted', () => {
    expect(accuracyOf(judgeLeftOut('prefill', observations, 'combination')).median).toBeLessThan(0.15);
    expect(accuracyOf(judgeLeftOut('prefill', observations, 'size')).median).toBeLessThan(0.15);
    const memory = judgeLeftOut('memory', observations, 'size');
    expect(accuracyOf(memory).median).toBeLessThan(0.05);
    expect(wrongFits(memory, [3e8, 5e8, 1e9, 2e9, 4e9])).toBeLessThan(0.01);
  });

  test('taking what is predicted to be fastest loses next to nothing', () => {
    const lost = regrets(judgeLeftOut('decode', observations, 'combination')).sort((a, b) => a - b);
    expect(lost[Math.floor(lost.length / 2)]).toBeLessThan(0.05);
  });
});

describe('of simulated hosts', () => {
  const { measured, hidden } = simulate(7, simulatedCosts().slice(0, 6));

  test('new formats, sizes and hosts are as predicted, and intervals cover what they say', { timeout: 60_000 }, () => {
    const judged = judgeHidden('decode', measured, hidden);
    const here = accuracyOf(judged.filter(({ step }) => step !== 'host'));
    expect(here.median).toBeLessThan(0.08);
    expect(here.p90).toBeLessThan(0.2);
    expect(here.coverage).toBeGreaterThan(0.85);
    expect(here.coverage).toBeLessThan(0.95);
    const elsewhere = accuracyOf(judged.filter(({ step }) => step === 'host'));
    expect(elsewhere.median).toBeLessThan(0.15);
    expect(elsewhere.p90).toBeLessThan(0.35);
  });
});

describe('what is not known', () => {
  const [first] = observations;

  test('nothing is said of a kind of device on which nothing was measured', () => {
    if (first === undefined) throw new Error('nothing was measured');
    expect(learn('decode', observations).predict({ ...first, device: 'cuda' })).toBeNull();
    expect(learn('decode', []).predict(first)).toBeNull();
  });

  test('a framework that never ran is predicted from the others, at a step of its own', () => {
    if (first === undefined) throw new Error('nothing was measured');
    const predictor = learn('decode', observations);
    expect(predictor.predict({ ...first, framework: 'unseen' })).toMatchObject({
      step: 'framework',
      trust: 'same host',
    });
    expect(predictor.predict({ ...first, threads: 1 })).toMatchObject({ step: 'threads', trust: 'same host' });
    expect(predictor.predict({ ...first, hostname: 'elsewhere' })).toMatchObject({ step: 'host', trust: 'other host' });
    expect(predictor.predict({ ...first, hostname: 'elsewhere', framework: 'unseen' })).toMatchObject({
      ...{ step: 'physics', trust: 'physics' },
    });
  });

  test('with one host alone the interval of another host rests on no error, and says so', () => {
    if (first === undefined) throw new Error('nothing was measured');
    const prediction = learn('decode', observations).predict({ ...first, hostname: 'elsewhere' });
    expect(prediction?.width).toBeNull();
    expect(prediction?.interval.low).toBeLessThan(prediction?.value ?? 0);
  });
});

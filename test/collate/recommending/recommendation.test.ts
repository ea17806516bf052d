/** Rankings, limits, fronts and rivals over candidates that were made up, and views over rows that were. */
import { expect, test } from 'vitest';
import type { Candidate, CandidateFigure } from '../../../collate/recommending/candidate.ts';
import { fits } from '../../../collate/recommending/fit-answer.ts';
import { limitOf, limitState } from '../../../collate/recommending/limits.ts';
import { paretoSet } from '../../../collate/recommending/pareto.ts';
import { recommend } from '../../../collate/recommending/recommendation.ts';
import { recommendationView } from '../../../collate/recommending/view.ts';
import { runsInRounds } from '../run-rows.ts';

const measured = (value: number): CandidateFigure => ({ value, interval: null, trust: 'measured' });
const predicted = (value: number, low: number, high: number): CandidateFigure => ({
  ...{ value, interval: { low, high }, trust: 'same host', step: 'size', width: null },
});

function candidate(quantize: string, figures: Candidate['figures'], trust: Candidate['trust'] = 'measured'): Candidate {
  return {
    ...{ hostname: 'host', device: 'cpu', threads: 2, framework: 'engine', title: 'Engine', model: 'model', quantize },
    ...{ trust, runs: 1, figures, group: null, command: 'measure' },
  };
}

const fast = candidate('q4_0', { decode: measured(100), memory: measured(4e9), quality: measured(4.5) });
const small = candidate('q2_k', { decode: measured(80), memory: measured(2e9), quality: measured(3) });
const exact = candidate('f32', { decode: measured(20), memory: measured(9e9), quality: measured(32) });
const beaten = candidate('q4_1', { decode: measured(90), memory: measured(5e9), quality: measured(4.5) });
const all = [beaten, exact, fast, small];
const place = { hostname: 'host', model: 'model' };

test('on the front is who is better in something than each of the others', () => {
  expect(paretoSet(all, ['decode', 'memory', 'quality'])).toEqual([exact, fast, small]);
  expect(paretoSet(all, ['decode'])).toEqual([fast]);
});

test('the goal decides who is best, and a limit takes out who breaks it', () => {
  expect(recommend(place, all, 'throughput', []).best).toBe(fast);
  expect(recommend(place, all, 'memory', []).best).toBe(small);
  expect(recommend(place, all, 'quality', []).best).toBe(exact);
  expect(recommend(place, all, 'throughput', [limitOf('memory=3GB')]).best).toBe(small);
  expect(recommend(place, all, 'throughput', [limitOf('memory=1GB')]).best).toBeNull();
  expect(recommend(place, all, 'quality', [limitOf('decode=50'), limitOf('memory=8GB')]).best).toBe(fast);
});

test('what is measured stands before what is predicted to be better, which is worth measuring', () => {
  const promised = candidate(
    'q3_k_m',
    { decode: predicted(150, 120, 180), memory: predicted(3e9, 2.9e9, 3.1e9) },
    'same host',
  );
  const { best, worthMeasuring, ranked } = recommend(place, [promised, ...all], 'throughput', []);
  expect(best).toBe(fast);
  expect(worthMeasuring).toEqual([promised]);
  expect(ranked.at(-1)?.candidate).toBe(promised);
});

test('limits are typed with units, and a prediction keeps one only at the bad end of its interval', () => {
  expect(limitOf('memory=6GB')).toEqual({ figure: 'memory', value: 6e9 });
  expect(limitOf('memory=2 GiB')).toEqual({ figure: 'memory', value: 2 ** 31 });
  expect(limitOf('ttft=0.5s')).toEqual({ figure: 'ttft', value: 500 });
  expect(() => limitOf('ttft=5GB')).toThrow('may end with ms, s');
  const doubtful = { figures: { memory: predicted(5e9, 4e9, 7e9) } };
  expect(limitState(doubtful, limitOf('memory=8GB'))).toBe('keeps');
  expect(limitState(doubtful, limitOf('memory=6GB'))).toBe('perhaps');
  expect(limitState(doubtful, limitOf('memory=4.5GB'))).toBe('breaks');
  expect(limitState(doubtful, limitOf('decode=1'))).toBe('breaks');
});

test('it fits for sure, perhaps, or not', () => {
  const need = candidate('q8_0', { memory: predicted(5e9, 4e9, 7e9) }, 'same host');
  expect([8e9, 6e9, 4.5e9, 3e9].map((bytes) => fits(need, bytes))).toEqual(['yes', 'perhaps', 'perhaps', 'no']);
  expect(fits(need, null)).toBe('not known');
  expect(fits(fast, 4e9)).toBe('yes');
});

const throughput = { memory_throughput_gb_s: 1, param_throughput_gb_s: 1, active_parameters: 1e8, parameters: 1e8 };

test('rivals are told apart by the verdict of all comparisons: one equals the best, the other does not', () => {
  const steady = (rate: number) => [0.998, 1.002, 1, 0.999, 1.001, 1.003, 0.997, 1].map((share) => rate * share);
  const runs = [
    ...runsInRounds(steady(100), { framework: 'llamacpp', framework_title: 'llama.cpp', ...throughput }),
    ...runsInRounds(steady(99.8), { framework: 'onnx', framework_title: 'ONNX Runtime', ...throughput }),
    ...runsInRounds(steady(50), { framework: 'pytorch', framework_title: 'PyTorch', ...throughput }),
  ];
  const { recommendations } = recommendationView({ runs, hardware: [] }, { goal: 'throughput' });
  const [found] = recommendations;
  expect(found?.equals.map(({ candidate: { framework }, relation }) => [framework, relation])).toEqual([
    ['onnx', 'no detectable difference'],
  ]);
  expect(found?.next?.candidate.framework).toBe('pytorch');
  expect(found?.sentence).toContain('statistically equal: f16 with ONNX Runtime (cpu, 2 threads)');
  expect(found?.sentence).toContain('2.00 times as good in decode as f16 with PyTorch (cpu, 2 threads)');
});

test('the matrix names the best host of each size', () => {
  const on = (hostname: string, rate: number) =>
    runsInRounds([rate, rate, rate], { hostname, algorithm: 'llama', size: '1B', model: 'one', ...throughput });
  const view = recommendationView(
    { runs: [...on('slow', 10), ...on('quick', 40)], hardware: [] },
    { goal: 'throughput' },
  );
  expect(view.matrix.map(({ size, hosts }) => [size, ...hosts.map(({ hostname }) => hostname)])).toEqual([
    ['1B', 'quick', 'slow'],
  ]);
});

test('a goal of which no run has a figure is said to be unknown', () => {
  const runs = runsInRounds([10, 10, 10], { ...throughput });
  const { recommendations } = recommendationView({ runs, hardware: [] }, { goal: 'energy' });
  expect(recommendations.map(({ sentence }) => sentence)).toEqual([expect.stringMatching(/no energy of .* is known/)]);
});

test('models are compared at the task that most of their measurements have', () => {
  const kernel = (depth: number, rate: number, framework: string) =>
    runsInRounds([rate, rate, rate], {
      ...{ workload: 'kernel', depth, n_prompt: 128, n_gen: 32, decode_tokens_per_s: null, tg_tokens_per_s: rate },
      ...{ framework, ...throughput },
    });
  const runs = [...kernel(0, 50, 'llamacpp'), ...kernel(0, 60, 'onnx'), ...kernel(4096, 20, 'llamacpp')];
  const at = (depth: number) =>
    recommendationView({ runs, hardware: [] }, { goal: 'throughput', terms: { depth } }).recommendations.flatMap(
      ({ ranked }) => ranked.map(({ candidate }) => [candidate.framework, candidate.figures.decode?.value]),
    );
  expect(at(0)).toEqual([
    ['onnx', expect.closeTo(60)],
    ['llamacpp', expect.closeTo(50)],
  ]);
  expect(at(4096)).toEqual([['llamacpp', expect.closeTo(20)]]);
});

import { describe, expect, it } from 'vitest';
import { addToSketch, emptySketch, gapQuantiles, mergeSketches, sketchQuantile } from '../../plots/data/latency.ts';
import { seededRandom } from '../../scripts/statistics/seeded-random.ts';
import { quantile } from '../../scripts/statistics/statistics.ts';
import { completedRun } from './row-factory.ts';

const sketchOf = (values: readonly number[]) => {
  const sketch = emptySketch();
  for (const value of values) addToSketch(sketch, value);
  return sketch;
};

describe('latency sketch', () => {
  const random = seededRandom(3);
  const values = Array.from({ length: 5000 }, () => 0.2 + random() * 40 + (random() > 0.98 ? 900 : 0));
  const sorted = values.toSorted((a, b) => a - b);

  it.each([0, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1])('has quantile %d within 0.1 %% of the exact one', (p) => {
    const exact = quantile(sorted, p);
    expect(Math.abs((sketchQuantile(sketchOf(values), p) ?? 0) / exact - 1)).toBeLessThan(0.0011);
  });

  it('merges to what all durations together give', () => {
    const merged = mergeSketches([sketchOf(values.slice(0, 1000)), sketchOf(values.slice(1000))]);
    expect(sketchQuantile(merged, 0.9)).toBe(sketchQuantile(sketchOf(values), 0.9));
    expect(merged.count).toBe(5000);
  });

  it('has no quantile of nothing, and takes a zero as the smallest duration', () => {
    expect(sketchQuantile(emptySketch(), 0.5)).toBeNull();
    expect(sketchQuantile(sketchOf([0]), 0.5)).toBe(1e-6);
  });

  it.each([
    [19, null, null],
    [20, null, null],
    [100, 'yes', null],
    [500, 'yes', 'yes'],
  ])('with %d gaps shows p95 %s and p99 %s', (count, p95, p99) => {
    const run = completedRun({ uuid: 'u' });
    const gaps = gapQuantiles({ runs: [run] }, new Map([['u', sketchOf(values.slice(0, count))]]));
    expect(gaps === null).toBe(count < 20);
    expect(gaps?.p95 == null ? null : 'yes').toBe(p95);
    expect(gaps?.p99 == null ? null : 'yes').toBe(p99);
  });
});

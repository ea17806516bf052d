/** How much values resemble their neighbours, whatever trend they have: noise of a machine comes in waves. */
import { mean } from './statistics.ts';

/**
 * The most that the first autocorrelation of the noise may well be: the estimate from what is left after the best monotone curve,
 * corrected for its bias, plus one standard error. 0 where neighbours resemble each other no more than others do.
 *
 * A straight line would not do: what an engine gains in warming up is a curve or a step, and its distance from a line looks like
 * noise in long waves.
 * Sources: Kendall 1954 and Marriott and Pope 1954 for the bias, Bartlett 1946 for the error.
 */
export function likelyAutocorrelation(values: readonly number[]): number {
  const n = values.length;
  const residuals = fromMonotone(values);
  const center = mean(residuals);
  let squares = 0;
  let products = 0;
  let previous = 0;
  for (const [i, residual] of residuals.entries()) {
    const deviation = residual - center;
    squares += deviation ** 2;
    if (i > 0) products += deviation * previous;
    previous = deviation;
  }
  // Rounding alone is no noise.
  if (squares <= n * (1e-9 * mean(values)) ** 2) return 0;
  const corrected = (n * (products / squares) + 2) / (n - 4);
  const error = Math.sqrt(Math.max(0, 1 - corrected ** 2) / n);
  return Math.min(Math.max(corrected + error, 0), 0.98);
}

/** Differences from the rising or the falling curve that lies nearest. */
function fromMonotone(values: readonly number[]): number[] {
  const rising = residualsOf(values, isotonic(values));
  const fallen = isotonic(values.map((value) => -value)).map((value) => -value);
  const falling = residualsOf(values, fallen);
  return sumOfSquares(rising) <= sumOfSquares(falling) ? rising : falling;
}

/** The rising curve of the least squared distance, by pooling neighbours that violate it. Source: Barlow et al. 1972. */
function isotonic(values: readonly number[]): number[] {
  const pools: Array<{ level: number; count: number }> = [];
  for (const value of values) {
    let pool = { level: value, count: 1 };
    for (let last = pools.at(-1); last !== undefined && last.level > pool.level; last = pools.at(-1)) {
      const count = last.count + pool.count;
      pool = { level: (last.level * last.count + pool.level * pool.count) / count, count };
      pools.pop();
    }
    pools.push(pool);
  }
  return pools.flatMap(({ level, count }) => new Array<number>(count).fill(level));
}

function residualsOf(values: readonly number[], curve: readonly number[]): number[] {
  return values.map((value, i) => value - (curve[i] ?? value));
}

function sumOfSquares(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value ** 2, 0);
}

/** `{"from": 1, "to": 8, "step": 1}` and `{"from": 1, "to": 64, "factor": 2}` in a sweep file. */
import { z } from 'zod';

const ends = {
  from: z.number().describe('the first value'),
  to: z.number().describe('the last value, where the steps meet it'),
};

export const rangeSchema = z.union([
  z.strictObject({ ...ends, step: z.number().positive().describe('what is added each time') }),
  z.strictObject({ ...ends, factor: z.number().gt(1).describe('what it is multiplied by each time') }),
]);
type Range = z.infer<typeof rangeSchema>;

const mostValues = 10_000;

/** From `from` up to `to`, which is among them where the steps meet it; empty where it lies below. */
export function valuesOf(range: Range): number[] {
  // By its place rather than by adding up, so that 0.1 in ten steps ends at 1.
  const at = (i: number) => ('step' in range ? range.from + i * range.step : range.from * range.factor ** i);
  const values: number[] = [];
  for (let i = 0; i < mostValues && rounded(at(i)) <= range.to; i++) {
    // From 0 a factor leads nowhere.
    if (i > 0 && at(i) <= at(i - 1)) break;
    values.push(rounded(at(i)));
  }
  return values;
}

/** Whole where only the arithmetic has left it unwhole. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}

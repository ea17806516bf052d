/** Results that no other one beats, and the line around what they beat. */
import type { PlacedResult, QualityAxis } from './quality-axes.ts';

type Compared = Pick<PlacedResult, 'x' | 'y' | 'ranked'>;
type Direction = Pick<QualityAxis, 'rises'>;

/** Ranked results that no other ranked one beats in one without losing in the other, from the highest cost to the lowest. */
export function paretoFront<T extends Compared>(results: readonly T[], x: Direction, y: Direction): T[] {
  const better = (a: number, b: number, { rises }: Direction) => (rises ? a > b : a < b);
  const beats = (a: T, b: T) =>
    !better(b.x.value, a.x.value, x) &&
    !better(b.y.value, a.y.value, y) &&
    (better(a.x.value, b.x.value, x) || better(a.y.value, b.y.value, y));
  const ranked = results.filter((result) => result.ranked);
  return ranked
    .filter((result) => !ranked.some((other) => beats(other, result)))
    .sort((a, b) => (x.rises ? a.x.value - b.x.value : b.x.value - a.x.value));
}

interface Step {
  x: number;
  y: number;
  x2: number;
  y2: number;
}

/** From the worst cost along the best quality, then at each result to the quality of the next, at last to the worst quality. */
export function frontSteps(results: readonly PlacedResult[], x: QualityAxis, y: QualityAxis): Step[] {
  const front = paretoFront(results, x, y);
  const [worstX, worstY] = [x.domain[x.rises ? 0 : 1], y.domain[y.rises ? 0 : 1]];
  return front.flatMap((result, i) => {
    const [at, quality] = [result.x.value, result.y.value];
    return [
      { x: front[i - 1]?.x.value ?? worstX, y: quality, x2: at, y2: quality },
      { x: at, y: quality, x2: at, y2: front[i + 1]?.y.value ?? worstY },
    ];
  });
}

/** Long series with as many points as a chart can show, without losing a peak: the lowest and the highest of each stretch. */

/** @param most points; the first and the last are among them */
export function thinned<Point extends object>(
  points: readonly Point[],
  heightOf: (point: Point) => number,
  most: number,
): Point[] {
  if (points.length <= most) return [...points];
  const stretches = Math.max(1, Math.floor((most - 2) / 2));
  const inner = points.slice(1, -1);
  const kept = new Set<Point>(points.slice(0, 1));
  for (let i = 0; i < stretches; i++) {
    const stretch = inner.slice(
      Math.floor((i * inner.length) / stretches),
      Math.floor(((i + 1) * inner.length) / stretches),
    );
    const [first, ...rest] = stretch;
    if (first === undefined) continue;
    let [low, high] = [first, first];
    for (const point of rest) {
      if (heightOf(point) < heightOf(low)) low = point;
      if (heightOf(point) > heightOf(high)) high = point;
    }
    for (const point of stretch) if (point === low || point === high) kept.add(point);
  }
  for (const point of points.slice(-1)) kept.add(point);
  return [...kept];
}

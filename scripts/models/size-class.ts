/**
 * The taxonomy of sizes, by parameter count alone: tiny below 100 M, small below 1 B, base below 3 B, large below 10 B,
 * xl below 30 B, xxl from there on. Thresholds follow what such models need: a cache of a processor, a phone, a small
 * laptop, an ordinary graphics card, a large one, several.
 */
const upperBounds = [
  ['tiny', 100e6],
  ['small', 1e9],
  ['base', 3e9],
  ['large', 10e9],
  ['xl', 30e9],
  ['xxl', Number.POSITIVE_INFINITY],
] as const;

export type SizeClass = (typeof upperBounds)[number][0];

export function sizeClassOf(parameters: number): SizeClass {
  for (const [name, below] of upperBounds) if (parameters < below) return name;
  return 'xxl';
}

const units = [
  ['B', 1e9],
  ['M', 1e6],
  ['k', 1e3],
] as const;

/** The count behind a size such as 1B, 0.5b, 135M or 850k; undefined for a name that is no count. */
export function parametersOfSize(size: string): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([BMk])$/i.exec(size) ?? [];
  const scale = units.find(([name]) => name.toLowerCase() === unit?.toLowerCase())?.[1];
  return scale === undefined ? undefined : Number(number) * scale;
}

/** A size as people would name it, from the count alone: 1.2B, 135M, 850k. */
export function sizeName(parameters: number): string {
  for (const [unit, size] of units) {
    const value = parameters / size;
    if (value >= 1) return `${value >= 100 ? Math.round(value) : Number(value.toPrecision(2))}${unit}`;
  }
  return String(parameters);
}

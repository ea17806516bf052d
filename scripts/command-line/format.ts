/** Numbers as people read them: units, significant digits, decimal prefixes. */

/** Three significant digits, but never fewer digits than the whole part: 0.0123, 1.23, 12.3, 1234. */
export function significant(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return 'n/a';
  if (value === 0) return '0';
  // 9.999 is 10.0, which has a place more before the point.
  const rounded = Math.abs(Number(value.toPrecision(digits)));
  const whole = Math.floor(Math.log10(rounded)) + 1;
  return value.toFixed(Math.min(6, Math.max(0, digits - whole)));
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Decimal units: 1 GB is 10^9 bytes. */
export function bytes(value: number): string {
  const power = value < 1 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log10(value) / 3));
  return `${significant(value / 1000 ** power)} ${byteUnits[power]}`;
}

/** A figure with its unit, as the columns name it: 98.2 tokens/s, 186 MB. */
export function figureText(value: number, unit: string): string {
  if (unit === 'B') return bytes(value);
  return unit === '' ? significant(value) : `${significant(value)} ${unit}`;
}

/** 1.2B, 135M, 850k. */
export function parameterCount(value: number): string {
  for (const [unit, size] of [
    ['B', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const) {
    // 999.9 M would round to 1000 M.
    if (value >= size * 0.9995) return `${significant(value / size)}${unit}`;
  }
  return String(value);
}

/** 0.12 ms, 340 ms, 12.3 s, 4 min 05 s. */
export function milliseconds(value: number): string {
  if (value < 1000) return `${significant(value)} ms`;
  if (value < 60_000) return `${significant(value / 1000)} s`;
  const seconds = Math.round(value / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** A share in percent, two significant digits: 0.12 %, 3.4 %, 56 %. */
export function percent(share: number): string {
  return `${significant(share * 100, 2)} %`;
}

/** A share in percent with so many places: 0.0 %, 3.4 %, 100.0 %. */
export function percentWithPlaces(share: number, places: number): string {
  return `${(share * 100).toFixed(places)} %`;
}

/** A share in percent that may be a whole number: 3 %, 3.4 %, 56 %. */
export function roundPercent(share: number): string {
  const value = share * 100;
  return `${value < 9.95 ? Number(value.toFixed(1)) : value.toFixed(0)} %`;
}

/** `1 token`, `2 tokens`. @param plural of a noun that only gains an s */
export function counted(amount: number, plural: string): string {
  return `${amount} ${amount === 1 ? plural.replace(/s$/, '') : plural}`;
}

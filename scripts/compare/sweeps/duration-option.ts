/** `90s`, `30m`, `12h`, `7d` on the command line. */
import { InvalidArgumentError } from 'commander';

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** @returns milliseconds */
export function duration(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([smhd])$/.exec(text.trim()) ?? [];
  const perUnit = Object.entries(unitMs).find(([name]) => name === unit)?.[1];
  if (number === undefined || perUnit === undefined || Number(number) === 0) {
    throw new InvalidArgumentError('A time is needed, such as 30m, 12h or 7d.');
  }
  return Number(number) * perUnit;
}

/** Option values that several scripts share, checked while the command line is parsed. */
import { InvalidArgumentError } from 'commander';

export const defaultOutput = 'benchmark_output';

export function wholeNumber(minimum: number, maximum: number = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < minimum || value > maximum) {
      const upTo = maximum === Number.MAX_SAFE_INTEGER ? ` or more` : ` to ${maximum}`;
      throw new InvalidArgumentError(`A whole number of ${minimum}${upTo} is needed.`);
    }
    return value;
  };
}

export function realNumber(minimum: number, maximum: number = Number.POSITIVE_INFINITY) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < minimum || value > maximum) {
      throw new InvalidArgumentError(`A number of at least ${minimum} is needed.`);
    }
    return value;
  };
}

/** `a,b,c` without blanks or empty parts. */
export function commaList(text: string): string[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (parts.length === 0) throw new InvalidArgumentError('At least one name is needed.');
  return parts;
}

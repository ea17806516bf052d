/** Limits as typed, `memory=6GB` or `ttft=500`, and whether a candidate keeps them. */
import { InvalidArgumentError } from 'commander';
import { withSuggestion } from '../../scripts/command-line/options.ts';
import type { Candidate } from './candidate.ts';
import { atLeastAsGood, type FigureName, figureNames, figures } from './figures.ts';

export interface Limit {
  figure: FigureName;
  /** In the unit of the figure: the least of what should be high, the most of what should be low. */
  value: number;
}

/** @throws InvalidArgumentError with what is allowed */
export function limitOf(text: string): Limit {
  const [, name = '', number, unit = ''] = /^\s*([a-z]+)\s*=\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$/.exec(text) ?? [];
  if (number === undefined) {
    throw new InvalidArgumentError('A limit is a name and a number, such as memory=6GB, ttft=500 or decode=20.');
  }
  const figure = figureNames.find((each) => each === name);
  if (figure === undefined) {
    throw new InvalidArgumentError(
      `${withSuggestion(`There is no limit "${name}"`, name, figureNames)}. There are ${figureNames.join(', ')}.`,
    );
  }
  const units: Readonly<Record<string, number>> = figures[figure].units;
  const known = Object.keys(units);
  const spelt = known.find((each) => each.toLowerCase() === unit.toLowerCase());
  const multiple = unit === '' ? 1 : units[spelt ?? ''];
  if (multiple === undefined) {
    throw new InvalidArgumentError(
      known.length === 0
        ? `A limit of ${name} is a plain number, in ${figures[figure].unit}.`
        : `A limit of ${name} may end with ${known.join(', ')}; a plain number is in ${figures[figure].unit}.`,
    );
  }
  return { figure, value: Number(number) * multiple };
}

/**
 * keeps: also at the bad end of the interval. perhaps: the value keeps it, the bad end does not. breaks: the value does not, or
 * nothing is known of it.
 */
export type LimitState = 'keeps' | 'perhaps' | 'breaks';

export function limitState({ figures: known }: Pick<Candidate, 'figures'>, { figure, value }: Limit): LimitState {
  const found = known[figure];
  if (found === undefined || !atLeastAsGood(figure, found.value, value)) return 'breaks';
  const { low = found.value, high = found.value } = found.interval ?? {};
  const badEnd = figures[figure].better === 'higher' ? low : high;
  return found.trust === 'measured' || atLeastAsGood(figure, badEnd, value) ? 'keeps' : 'perhaps';
}

/** The worst over all limits. */
export function limitsState(candidate: Pick<Candidate, 'figures'>, limits: readonly Limit[]): LimitState {
  const states = limits.map((limit) => limitState(candidate, limit));
  return states.includes('breaks') ? 'breaks' : states.includes('perhaps') ? 'perhaps' : 'keeps';
}

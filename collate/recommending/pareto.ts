/** Which candidates nobody beats: another is better in one figure and no worse in the others. */
import type { Candidate } from './candidate.ts';
import { atLeastAsGood, type FigureName } from './figures.ts';

/** In the order given. A figure that is not known beats nothing. */
export function paretoSet(candidates: readonly Candidate[], names: readonly FigureName[]): Candidate[] {
  const known = names.filter((name) => candidates.some(({ figures }) => figures[name] !== undefined));
  return candidates.filter((one) => !candidates.some((other) => dominates(other, one, known)));
}

function dominates(a: Candidate, b: Candidate, names: readonly FigureName[]): boolean {
  const isAtLeast = names.every((name) => beatsOrEquals(name, a, b));
  return isAtLeast && !names.every((name) => beatsOrEquals(name, b, a));
}

function beatsOrEquals(name: FigureName, a: Candidate, b: Candidate): boolean {
  const [ofA, ofB] = [a.figures[name], b.figures[name]];
  if (ofB === undefined) return true;
  return ofA !== undefined && atLeastAsGood(name, ofA.value, ofB.value);
}

/** What a paired comparison found, in a sentence that claims no more than it did. */
import { counted, significant } from '../../command-line/format.ts';
import type { PairedComparison } from './figures.ts';

export function pairedSentence({ verdict, items, difference, smallestDetectable }: PairedComparison): string {
  if (verdict === 'no detectable difference') {
    const smallest =
      smallestDetectable === null
        ? 'too few to tell any'
        : `the smallest detectable is about ${points(smallestDetectable)}`;
    return `no detectable difference on ${counted(items, 'items')}; ${smallest}`;
  }
  return `${points(Math.abs(difference))} ${verdict} on ${counted(items, 'items')}`;
}

/** Whether there is an item that one has correct and the other has not. */
export function differs({ onlyReference, onlyCompared }: PairedComparison): boolean {
  return onlyReference + onlyCompared > 0;
}

/** Pairs without a single such item, a sentence for each task: a table of zeros says no more. */
export function alikeSentences(pairs: readonly PairedComparison[]): string[] {
  const alike = pairs.filter((pair) => !differs(pair));
  return [...new Set(alike.map(({ task }) => task))].flatMap((task) => {
    const mine = alike.filter((pair) => pair.task === task);
    const [first] = mine;
    if (first === undefined) return [];
    const many = mine.length === 1 ? 'one comparison' : `${mine.length} comparisons`;
    return [`${task}: ${many} without an item that only one has correct; ${pairedSentence(first)}.`];
  });
}

/** Percentage points, so that no one takes them for a ratio. */
function points(share: number): string {
  return `${significant(share * 100, 2)} points`;
}

/** 0.00012 rather than 1.2e-4; what is smaller than this says nothing more. */
export function pText(p: number): string {
  return p < 0.0001 ? '< 0.0001' : p > 0.9995 ? '1' : significant(p);
}

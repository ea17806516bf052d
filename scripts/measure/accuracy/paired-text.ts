/** What a paired comparison found, in a sentence that claims no more than it did. */
import { significant } from '../../command-line/format.ts';
import type { PairedComparison } from './paired-comparison.ts';

export function pairedSentence({ verdict, items, difference, smallestDetectable }: PairedComparison): string {
  if (verdict === 'no detectable difference') {
    const smallest =
      smallestDetectable === null
        ? 'too few to tell any'
        : `the smallest detectable is about ${points(smallestDetectable)}`;
    return `no detectable difference on ${items} items; ${smallest}`;
  }
  return `${points(Math.abs(difference))} ${verdict} on ${items} items`;
}

/** Percentage points, so that no one takes them for a ratio. */
function points(share: number): string {
  return `${significant(share * 100, 2)} points`;
}

/** 0.00012 rather than 1.2e-4; what is smaller than this says nothing more. */
export function pText(p: number): string {
  return p < 0.0001 ? '< 0.0001' : p > 0.9995 ? '1' : significant(p);
}

/** A long passage that stands in two places is mended in one of them. */
import { duplicatesOf } from '../duplicates.ts';
import type { Rule } from '../rule.ts';

/** Shorter ones are in the report, and may be chance. */
const mostLines = 12;

export const longDuplicates: Rule = {
  id: 'long-duplicates',
  asks: `No ${mostLines} lines of code stand in two places.`,
  *inTree(tree) {
    for (const { lines, places } of duplicatesOf(tree)) {
      const [first, second] = places;
      if (lines < mostLines || first === undefined || second === undefined) continue;
      yield { ...first, message: `${lines} lines stand in ${second.file}, line ${second.line}, too` };
    }
  },
};

/** One scale for all panels of a chart, so that they can be read across; or the words that they have none. */

/** A panel whose largest value is less than this part of the largest of all would be flattened. */
const flattened = 6;

/** @param largest of each panel; panels without a figure have 0 and do not count */
export function shareScale(largest: readonly number[]): boolean {
  const known = largest.filter((value) => value > 0);
  return known.length === 0 || Math.min(...known) * flattened >= Math.max(...known);
}

export const ownScales = 'Panels have scales of their own: read the printed values across panels, not the lengths.';

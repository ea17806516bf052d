/** How alike two sequences are. */

/**
 * 2 L / (m + n) with L the length of the longest common subsequence: 1 for equals and only for these, 0 where nothing is shared.
 * Over words it is ROUGE-L's F with equal weights. Source: Lin 2004, ROUGE: A Package for Automatic Evaluation of Summaries.
 */
export function similarity(a: readonly string[], b: readonly string[]): number {
  if (a.length + b.length === 0) return 1;
  return (2 * longestCommonSubsequence(a, b)) / (a.length + b.length);
}

function longestCommonSubsequence(a: readonly string[], b: readonly string[]): number {
  let previous = new Array<number>(b.length + 1).fill(0);
  for (const left of a) {
    const row = [0];
    for (const [j, right] of b.entries()) {
      const longest = left === right ? (previous[j] ?? 0) + 1 : Math.max(previous[j + 1] ?? 0, row[j] ?? 0);
      row.push(longest);
    }
    previous = row;
  }
  return previous.at(-1) ?? 0;
}

/** In lower case, without the signs between them. */
export function wordsOf(text: string): string[] {
  return (
    text
      .toLowerCase()
      .normalize('NFC')
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

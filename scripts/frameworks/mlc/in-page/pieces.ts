/** The text of each token, where a tokenizer makes text of lists only. */

/**
 * The bytes of an unfinished character stay with the token that completes it. A token is decoded together with those since
 * the last finished character and the token before them, since some tokenizers set blanks by what stands in front.
 */
export function piecesOf(ids: readonly number[], decode: (ids: Int32Array) => string): string[] {
  let contextStart = 0;
  let unfinishedStart = 0;
  return ids.map((_, i) => {
    const before = decode(Int32Array.from(ids.slice(contextStart, unfinishedStart)));
    const now = decode(Int32Array.from(ids.slice(contextStart, i + 1)));
    if (now.length <= before.length || now.endsWith('\uFFFD')) return '';
    contextStart = unfinishedStart;
    unfinishedStart = i + 1;
    return now.slice(before.length);
  });
}

/** Which of the offered letters an answer chooses. */

/**
 * In this order: the letter that the answer says it is (`the answer is B`, `Answer: (B)`), a letter that stands alone or at the
 * beginning with a mark behind it (`B`, `B.`, `(B) Paris`), the only option whose text occurs. `A` as an article is none.
 * @param options texts of A, B, ...
 */
export function chosenLetter(answer: string, options: readonly string[]): string | null {
  const letters = options.map((_, i) => letterAt(i));
  const among = `[${letters.join('')}]`;
  const said = [
    ...answer.matchAll(new RegExp(`\\b(?:[Aa]nswer|[Oo]ption|[Cc]hoice)\\b\\W*(?:is\\b\\W*)?(${among})\\b`, 'g')),
  ];
  const alone = answer.match(new RegExp(`^\\W*(${among})(?:\\W*$|[).:,\\]*]+(?:\\s|$))`, 'im'));
  const bracketed = answer.match(new RegExp(`[([*](${among})[)\\]*]`));
  const found = said.at(-1)?.[1] ?? alone?.[1] ?? bracketed?.[1];
  if (found !== undefined) return found.toUpperCase();
  const named = options.flatMap((text, i) => (occurs(text, answer) ? [letterAt(i)] : []));
  return named.length === 1 ? (named[0] ?? null) : null;
}

export function letterAt(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}

function occurs(option: string, answer: string): boolean {
  const padded = (text: string) => ` ${(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(' ')} `;
  return padded(answer).includes(padded(option));
}

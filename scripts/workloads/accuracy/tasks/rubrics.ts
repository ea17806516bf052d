/** Numbers in running text, as people and models write them: 1,234.50 and -5 and $18 and 30 % and 12 apples. */

/** Thousands may be grouped by commas. A minus sign belongs to a number unless something that it is taken from stands before it. */
const written = /(?:(?<![\w).])-)?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?/g;

/** Null where the text has no number. */
export function lastNumber(text: string): number | null {
  const found = withPlainSigns(text).match(written)?.at(-1);
  return found === undefined ? null : Number(found.replaceAll(',', ''));
}

const currency = /[$€£¥]/g;
/** A number and at most a unit: `18`, `$1,200.50`, `-3 %`, `12 apples`. */
const alone = /^-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?: ?(?:%|[A-Za-z°]+))?\.?$/;

/** The number that a text is as a whole; null where it is more or something else. */
export function wholeNumberText(text: string): number | null {
  const plain = withPlainSigns(text).trim();
  return alone.test(plain) ? lastNumber(plain) : null;
}

/** A typographic minus is one; a currency sign says nothing of the number, and `-$5` is -5. */
function withPlainSigns(text: string): string {
  return text.replaceAll('−', '-').replaceAll(currency, '');
}

/** Equal but for the way through decimal text. */
export function sameNumber(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
}

// Which of the offered letters an answer chooses.

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

// How alike two sequences are.

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

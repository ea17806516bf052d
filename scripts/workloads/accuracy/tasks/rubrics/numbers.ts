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

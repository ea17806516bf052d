/**
 * Text from outside (a log, a model file, a server's answer, an engine's standard error) as it may be shown: what would
 * steer a terminal, turn the direction of writing or be no XML is spelled out instead, `\u001b`, as JSON does.
 */

/**
 * Control characters except tab and line break, what reorders or hides text, halves of characters, and what is no
 * character. Source: Unicode, general categories Cc and Cs, noncharacters; UAX #9, directional formatting.
 */
const unprintable =
  /(?![\t\n])[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]/gu;

/** Lines and tabs stay. JSON remains JSON of the same value. */
export function printable(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(unprintable, spelled);
}

/** What paint() puts around a text: bold, dim and the eight colours, and their ends. */
const style = new RegExp(`(${String.fromCharCode(27)}\\[(?:0|1|2|22|3[0-7]|39)m)`);

/** The same for a text that may have been painted: its styles stay. */
export function printableOnTerminal(text: string): string {
  const parts = text.split(style);
  return parts.map((part, i) => (i % 2 === 1 ? part : printable(part))).join('');
}

/** All texts in rows of a table, or in another value of JSON. */
export function printableTexts<T>(value: T): T;
export function printableTexts(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map((each) => printableTexts(each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, printableTexts(each)]));
}

function spelled(character: string): string {
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

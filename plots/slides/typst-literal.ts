/** Values as Typst writes them. A text is a string there and never markup, whatever is in it. */
import { printable } from '../../scripts/command-line/printable-text.ts';

export type Literal = string | number | boolean | readonly Literal[] | { readonly [key: string]: Literal };

/** Source: Typst reference, foundations, str: escape sequences. */
export function typstLiteral(value: Literal): string {
  if (typeof value === 'string')
    return `"${printable(value).replaceAll(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (isList(value)) return `(${value.map((each) => `${typstLiteral(each)},`).join(' ')})`;
  const fields = Object.entries(value).map(([key, each]) => `${key}: ${typstLiteral(each)}`);
  return fields.length === 0 ? '(:)' : `(${fields.join(', ')})`;
}

function isList(value: Literal): value is readonly Literal[] {
  return Array.isArray(value);
}

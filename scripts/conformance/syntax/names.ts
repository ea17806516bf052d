/** What expressions are called: `a.b.#c` of a callee, the key of a property, the value of a literal. */
import type { CallExpression, Expression, Node } from 'oxc-parser';

/** `process.stdout.write` for such a chain; null where a part of it is no name. */
export function chainOf(node: Node): readonly string[] | null {
  switch (node.type) {
    case 'Identifier':
    case 'PrivateIdentifier':
      return [node.type === 'PrivateIdentifier' ? `#${node.name}` : node.name];
    case 'ThisExpression':
      return ['this'];
    case 'MemberExpression': {
      const object = chainOf(node.object);
      const property = node.computed ? null : chainOf(node.property);
      return object === null || property === null ? null : [...object, ...property];
    }
    case 'ChainExpression':
    case 'TSNonNullExpression':
      return chainOf(node.expression);
    default:
      return null;
  }
}

/** `token` of `(await x).token` as well as of `sink.token`; null for a computed one. */
export function lastNameOf(node: Node): string | null {
  if (node.type === 'ChainExpression') return lastNameOf(node.expression);
  if (node.type === 'MemberExpression') return node.computed ? null : (chainOf(node.property)?.[0] ?? null);
  return chainOf(node)?.at(-1) ?? null;
}

/** Whether a call is of that name: `Date.now`. */
export function isCallOf(node: CallExpression, name: string): boolean {
  return chainOf(node.callee)?.join('.') === name;
}

/** Name of a key that is written down: `a`, `'a'`, `#a`. */
export function keyName(key: Node): string | null {
  return chainOf(key)?.[0] ?? stringOf(key);
}

export function stringOf(node: Node | null | undefined): string | null {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node?.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0]?.value.cooked ?? null;
  return null;
}

/** Without what only the compiler reads, brackets and `await`. */
export function bare(node: Expression): Expression {
  switch (node.type) {
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
    case 'ParenthesizedExpression':
      return bare(node.expression);
    case 'AwaitExpression':
      return bare(node.argument);
    default:
      return node;
  }
}

/** A number, a text or a truth value that is written down; null for all else. */
export function literalOf(node: Node | null | undefined): string | number | boolean | null {
  if (node === null || node === undefined) return null;
  if (node.type === 'TSAsExpression') return literalOf(node.expression);
  if (node.type === 'UnaryExpression' && node.operator === '-') {
    const value = literalOf(node.argument);
    return typeof value === 'number' ? -value : null;
  }
  const isPlain = node.type === 'Literal' && ['string', 'number', 'boolean'].includes(typeof node.value);
  if (!isPlain || node.value === null || typeof node.value === 'bigint' || node.value instanceof RegExp) return null;
  return node.value;
}

/** Names that a module gives to records, columns, options of a framework and figures of its memory. */
import type { Module } from '../syntax/module.ts';
import { keyName, lastNameOf, stringOf } from '../syntax/names.ts';

/** Of its schemas: 'token' for `type: z.literal('token')`. */
export function recordTypesOf({ nodes }: Module): string[] {
  return nodes.flatMap((node) => {
    if (node.type !== 'Property' || keyName(node.key) !== 'type' || node.value.type !== 'CallExpression') return [];
    const type = lastNameOf(node.value.callee) === 'literal' ? stringOf(node.value.arguments[0]) : null;
    return type === null ? [] : [type];
  });
}

/** What scripts/results/table.ts makes columns with. */
const columnMakers = new Set(['text', 'flag', 'whole', 'number', 'bytes', 'ms']);

export function columnsOf({ nodes }: Module): string[] {
  return nodes.flatMap((node) => {
    if (node.type !== 'CallExpression' || !columnMakers.has(lastNameOf(node.callee) ?? '')) return [];
    const name = node.arguments.length >= 3 ? stringOf(node.arguments[0]) : null;
    return name !== null && /^[a-z][a-z0-9_]*$/.test(name) ? [name] : [];
  });
}

/** '--graph' for `flag: '--graph <path>'`. */
export function frameworkFlagsOf({ nodes }: Module): string[] {
  return nodes.flatMap((node) => {
    if (node.type !== 'Property' || keyName(node.key) !== 'flag') return [];
    return /^--[a-z][\w-]*/.exec(stringOf(node.value) ?? '') ?? [];
  });
}

/** Figures that an engine may report beside its tokens, in both languages; `enqueue` where it tells what handing over a step took. */
export function reportedFiguresOf(text: string): string[] {
  const figures = {
    weightsBytes: /\bweightsBytes\b/,
    contextBytes: /\bcontextBytes\b/,
    deviceBytes: /\bdeviceBytes\b/,
  };
  const found = Object.entries(figures).flatMap(([name, mark]) => (mark.test(text) ? [name] : []));
  return /\.token\(\w+, \w*enqueue/i.test(text) ? [...found, 'enqueue'] : found;
}

/** Short texts that may be ids, in types as well, and keys of objects; not those in comments. */
export function namedTextsOf({ text, comments, nodes, lineAt, lineOf }: Module): Array<{ line: number; text: string }> {
  const keys = nodes.flatMap((node) => {
    if (node.type !== 'Property' || node.shorthand || node.key.type !== 'Identifier') return [];
    return [{ line: lineOf(node), text: node.key.name }];
  });
  let next = 0;
  const quoted = [...text.matchAll(/(?<!\\)(['"`])([a-z][a-z0-9]+)\1/g)].flatMap(({ index, 2: word = '' }) => {
    while ((comments[next]?.end ?? Number.POSITIVE_INFINITY) <= index) next++;
    const isComment = (comments[next]?.start ?? Number.POSITIVE_INFINITY) <= index;
    return isComment ? [] : [{ line: lineAt(index), text: word }];
  });
  return [...quoted, ...keys];
}

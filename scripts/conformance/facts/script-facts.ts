/** What a module says on the command line: its options, and the examples of its help. */
import type { Node } from 'oxc-parser';
import type { Module } from '../syntax/module.ts';
import { chainOf, lastNameOf, stringOf } from '../syntax/names.ts';
import type { ImportFacts } from './imports.ts';

export interface ProgramFacts {
  line: number;
  /** Null where they are not written down in the call. */
  examples: number | null;
}

/** Calls of `program` of scripts/command-line/program.ts. */
export function programsOf({ nodes, lineOf }: Module, imports: readonly ImportFacts[]): ProgramFacts[] {
  const isShared = imports.some(
    ({ target, names }) =>
      target === 'scripts/command-line/program.ts' && names.some(({ imported }) => imported === 'program'),
  );
  if (!isShared) return [];
  return nodes.flatMap((node) => {
    if (node.type !== 'CallExpression' || chainOf(node.callee)?.join('.') !== 'program') return [];
    const examples = node.arguments[2];
    if (examples === undefined) return [{ line: lineOf(node), examples: 0 }];
    return [{ line: lineOf(node), examples: examples.type === 'ArrayExpression' ? examples.elements.length : null }];
  });
}

export interface DeclaredOption {
  line: number;
  /** '--max-tokens' */
  flag: string;
  /** What its declaration ends with: the default, where there is one. */
  last: Node | undefined;
}

/** Options that the module declares itself; those of the settings are declared in scripts/settings/. */
export function optionsOf({ nodes, lineOf }: Module): DeclaredOption[] {
  const found = nodes.flatMap((node) => {
    const isOption =
      (node.type === 'CallExpression' && ['option', 'requiredOption'].includes(lastNameOf(node.callee) ?? '')) ||
      (node.type === 'NewExpression' && lastNameOf(node.callee) === 'Option');
    if (!isOption || (node.type !== 'CallExpression' && node.type !== 'NewExpression')) return [];
    const flag = /--[a-z][\w-]*/.exec(stringOf(node.arguments[0]) ?? '')?.[0];
    if (flag === undefined) return [];
    return [{ line: lineOf(node), flag, last: node.arguments.length > 2 ? node.arguments.at(-1) : undefined }];
  });
  // A chain of calls is a tree whose root is its last call.
  return found.sort((a, b) => a.line - b.line);
}

/** Text of the first comment. */
export function headerOf({ comments, program }: Module): string {
  const [first] = comments;
  const begins = program.body[0]?.start ?? Number.POSITIVE_INFINITY;
  return first !== undefined && first.start < begins ? first.value : '';
}

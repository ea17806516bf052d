/** What a module imports, types included. */
import { posix } from 'node:path';
import type { Module } from '../syntax/module.ts';
import { keyName, stringOf } from '../syntax/names.ts';

export interface ImportFacts {
  line: number;
  /** As it is written: './a.ts', 'node:fs', 'frameworks.pytorch.model'. */
  specifier: string;
  /** The file of this repository; null for packages and for what Node or Python has. */
  target: string | null;
  /** Only when it is reached: `import()`, or inside a function of Python. */
  late: boolean;
  typeOnly: boolean;
  /** Names here, by those that they have there; '*' for the module as a whole. */
  names: ReadonlyArray<{ local: string; imported: string }>;
}

export function importsOf(module: Module): ImportFacts[] {
  const found: ImportFacts[] = [];
  const add = (line: number, specifier: string, more: Partial<ImportFacts>): void => {
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(module.file), specifier) : null;
    found.push({ line, specifier, target, late: false, typeOnly: false, names: [], ...more });
  };
  for (const node of module.nodes) {
    if (node.type === 'ImportDeclaration') {
      const names = node.specifiers.map((each) => ({
        local: each.local.name,
        imported: each.type === 'ImportSpecifier' ? (keyName(each.imported) ?? '') : '*',
      }));
      const typeOnly =
        node.importKind === 'type' ||
        (node.specifiers.length > 0 &&
          node.specifiers.every((each) => each.type === 'ImportSpecifier' && each.importKind === 'type'));
      add(module.lineOf(node), node.source.value, { names, typeOnly });
    }
    if (node.type === 'ExportAllDeclaration' || (node.type === 'ExportNamedDeclaration' && node.source !== null)) {
      if (node.source !== null) add(module.lineOf(node), node.source.value, { typeOnly: node.exportKind === 'type' });
    }
    if (node.type === 'ImportExpression') {
      const specifier = stringOf(node.source);
      if (specifier !== null) add(module.lineOf(node), specifier, { late: true });
    }
  }
  // Types are no part of the walk.
  for (const { 1: specifier = '', index } of module.text.matchAll(/\btypeof import\(\s*'([^']+)'/g)) {
    add(module.lineAt(index), specifier, { typeOnly: true });
  }
  return found;
}

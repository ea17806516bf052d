/** Which functions a call may lead to. By names, since nothing is run and no types are known: rather one too many than one too few. */
import type { Binding, Callee, FunctionFacts } from '../facts/function-facts.ts';
import { importClosure, type TreeFacts } from '../facts/tree-facts.ts';
import { isPython } from '../source-tree.ts';

/** A function, by its place in its module. */
export interface FunctionPlace {
  file: string;
  index: number;
}

/** Members that lists, maps and functions have, so that their names say nothing. */
const everywhere = new Set([
  ...['push', 'pop', 'get', 'set', 'has', 'add', 'delete', 'map', 'filter', 'find', 'some', 'every', 'sort', 'reduce'],
  ...['slice', 'subarray', 'concat', 'join', 'fill', 'at', 'of', 'from', 'keys', 'values', 'entries', 'forEach'],
  ...[
    'then',
    'catch',
    'finally',
    'call',
    'apply',
    'bind',
    'append',
    'extend',
    'copy',
    'item',
    'to',
    'token',
    'arrived',
  ],
]);

export type Resolve = (from: FunctionPlace, callee: Callee) => FunctionPlace[];

export function resolver(tree: TreeFacts): Resolve {
  const scopes = new Map<string, ReadonlyMap<string, FunctionPlace[]>>();

  function resolve(from: FunctionPlace, callee: Callee): FunctionPlace[] {
    switch (callee.kind) {
      case 'name':
        return byName(from, callee.name);
      case 'own':
        return ownMember(from, callee.name);
      case 'member':
        return everywhere.has(callee.name) ? [] : (membersAround(from.file).get(callee.name) ?? []);
    }
  }

  /** Looked for from the inside to the outside, then among the imports. */
  function byName({ file, index }: FunctionPlace, name: string): FunctionPlace[] {
    const module = tree.modules.get(file);
    if (module === undefined) return [];
    for (let scope: number | null = index; scope !== null; scope = module.functions[scope]?.parent ?? null) {
      const bound: Binding[] | undefined = module.functions[scope]?.bindings.get(name);
      if (bound !== undefined && bound.length > 0) {
        const meant = bound.flatMap(({ kind, callee }) => {
          if (callee.kind === 'name' && callee.name === name) return [];
          const places = resolve({ file, index: scope ?? 0 }, callee);
          return kind === 'alias' ? places : places.flatMap(madeBy);
        });
        if (meant.length > 0) return meant;
      }
      const inside = functionsIn(file, scope).filter(({ facts }) => facts.name === name && !facts.isMember);
      if (inside.length > 0) return inside.map(({ place }) => place);
    }
    return module.imports.flatMap(({ target, names }) => {
      const imported = names.find(({ local }) => local === name)?.imported;
      if (target === null || imported === undefined || imported === '*') return [];
      return functionsIn(target, 0)
        .filter(({ facts }) => facts.name === imported && !facts.isMember)
        .map(({ place }) => place);
    });
  }

  /** A method of the class around, or of one that it is derived from. */
  function ownMember(from: FunctionPlace, name: string): FunctionPlace[] {
    const functions = tree.modules.get(from.file)?.functions ?? [];
    let around: FunctionFacts | undefined = functions[from.index];
    while (around !== undefined && around.className === null && around.parent !== null)
      around = functions[around.parent];
    const className = around?.className;
    const own = functions.flatMap((facts, index) =>
      facts.className === className && facts.name === name ? [{ file: from.file, index }] : [],
    );
    return own.length > 0 || !isPython(from.file) ? own : (membersAround(from.file).get(name) ?? []);
  }

  /** Members of the framework that a file belongs to, and of those that it is built on. */
  function membersAround(file: string): ReadonlyMap<string, FunctionPlace[]> {
    const known = scopes.get(file);
    if (known !== undefined) return known;
    const members = new Map<string, FunctionPlace[]>();
    for (const each of scopeOf(file)) {
      for (const [index, { name, isMember }] of (tree.modules.get(each)?.functions ?? []).entries()) {
        if (isMember) members.set(name, [...(members.get(name) ?? []), { file: each, index }]);
      }
    }
    scopes.set(file, members);
    return members;
  }

  /** What it imports. An engine of Python may be built on the model of another one, and give it parts that this one never imports. */
  function scopeOf(file: string): ReadonlySet<string> {
    const own = closureOf(file);
    if (!isPython(file)) return own;
    const engines = [...tree.modules.keys()].filter((each) => /^scripts\/frameworks\/[^/]+\/engine\.py$/.test(each));
    const around = engines.map(closureOf).filter((closure) => closure.has(file));
    return new Set([...own, ...around.flatMap((closure) => [...closure])]);
  }

  function closureOf(file: string): ReadonlySet<string> {
    return importClosure(tree, file, ({ target }) => /^scripts\/frameworks\/[^/]+\//.test(target ?? ''));
  }

  /** Functions that a function makes: one of them is what it returns. */
  function madeBy({ file, index }: FunctionPlace): FunctionPlace[] {
    return functionsIn(file, index).map(({ place }) => place);
  }

  function functionsIn(file: string, parent: number): Array<{ facts: FunctionFacts; place: FunctionPlace }> {
    const functions = tree.modules.get(file)?.functions ?? [];
    return functions.flatMap((facts, index) => (facts.parent === parent ? [{ facts, place: { file, index } }] : []));
  }

  return resolve;
}

/** The facts of all modules together. */
import type { ModuleFacts } from './module-facts.ts';

export interface TreeFacts {
  /** In the order of their paths. */
  readonly modules: ReadonlyMap<string, ModuleFacts>;
  /** Of configs/defaults.json. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Files that import a file, in order. */
  importersOf(file: string): readonly string[];
}

export function treeFacts(facts: readonly ModuleFacts[], defaults: Readonly<Record<string, unknown>>): TreeFacts {
  const importers = new Map<string, Set<string>>();
  for (const { file, imports } of facts) {
    for (const { target } of imports) {
      if (target === null) continue;
      const known = importers.get(target) ?? new Set();
      importers.set(target, known.add(file));
    }
  }
  return {
    modules: new Map(facts.map((module) => [module.file, module])),
    defaults,
    importersOf: (file) => [...(importers.get(file) ?? [])],
  };
}

/** All that a file leads to by its imports, itself included. @param follows whether an import is followed */
export function importClosure(
  { modules }: TreeFacts,
  file: string,
  follows: (imported: ModuleFacts['imports'][number]) => boolean,
): ReadonlySet<string> {
  const reached = new Set([file]);
  for (const each of reached) {
    for (const imported of modules.get(each)?.imports ?? []) {
      if (imported.target !== null && modules.has(imported.target) && follows(imported)) reached.add(imported.target);
    }
  }
  return reached;
}

/** Importing a framework is free: the harness imports all of them only to read what they declare. */
import { importClosure, type TreeFacts } from '../facts/tree-facts.ts';
import { frameworksOf } from '../frameworks.ts';
import type { Rule } from '../rule.ts';

/** Python's own that our engines use, and what the engine process has loaded already. */
const freeInPython =
  /^(__future__|abc|argparse|array|ast|bisect|collections|contextlib|copy|ctypes|dataclasses|enum|functools|gc|glob|hashlib|importlib|inspect|io|itertools|json|math|operator|os|pathlib|pickle|platform|queue|random|re|runpy|shutil|signal|socket|sqlite3|string|struct|subprocess|sys|tempfile|textwrap|threading|time|traceback|types|typing|urllib|uuid|warnings|zlib|engine|frameworks)(\.|$)/;
/** Small, and loaded by the harness in any case. */
const freeInNode = new Set(['zod']);

export const freeImport: Rule = {
  id: 'free-import',
  asks: 'A framework imports heavy libraries inside probe and load, not at its top.',
  *inTree(tree) {
    for (const { file, declared } of frameworksOf(tree)) {
      for (const each of importClosure(
        tree,
        file,
        ({ late, typeOnly, target }) => isOwn(target) && !late && !typeOnly,
      )) {
        yield* heavyNode(tree, each);
      }
      const engine = `scripts/${(declared.properties.get('module')?.texts[0] ?? '').replaceAll('.', '/')}.py`;
      for (const each of importClosure(tree, engine, ({ late, target }) => isOwn(target) && !late)) {
        yield* heavyPython(tree, each);
      }
    }
  },
};

function isOwn(target: string | null): boolean {
  return target?.startsWith('scripts/frameworks/') === true;
}

function* heavyNode({ modules }: TreeFacts, file: string) {
  for (const { specifier, late, typeOnly, line } of modules.get(file)?.imports ?? []) {
    const isPackage = !specifier.startsWith('.') && !specifier.startsWith('node:') && !freeInNode.has(specifier);
    if (isPackage && !late && !typeOnly)
      yield { file, line, message: `${specifier} is loaded wherever the framework is named` };
  }
}

function* heavyPython({ modules }: TreeFacts, file: string) {
  for (const { specifier, late, line } of modules.get(file)?.imports ?? []) {
    if (!late && !freeInPython.test(specifier))
      yield { file, line, message: `${specifier} is loaded before probe and load are called` };
  }
}

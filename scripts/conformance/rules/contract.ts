/** A framework has what the contract of its kind asks for, where the engine looks for it. */
import { posix } from 'node:path';
import { importClosure, type TreeFacts } from '../facts/tree-facts.ts';
import { type DeclaredFramework, frameworkKinds, frameworksOf, membersOfKind } from '../frameworks.ts';
import { stampsOf } from '../hot-path/regions.ts';
import { resolver } from '../hot-path/resolve.ts';
import type { Rule } from '../rule.ts';

type Found = { file: string; line: number; message: string };

export const contract: Rule = {
  id: 'contract',
  asks: 'A framework has every part that its kind asks for, is registered, hands its tokens over and has a script of its own.',
  *inTree(tree) {
    const resolve = resolver(tree);
    for (const framework of frameworksOf(tree)) {
      yield* ofDeclaration(tree, framework);
      const { file, declared } = framework;
      const engine = engineOf(tree, framework);
      if (engine === null) {
        yield {
          file,
          line: declared.properties.get('module')?.line ?? declared.line,
          message: 'its engine has no module there',
        };
        continue;
      }
      yield* ofEngine(tree, framework, engine);
      const reached = importClosure(tree, engine, ({ target }) => target?.startsWith('scripts/frameworks/') === true);
      const stamps = [...reached].some((each) => stampsOf(tree, resolve, each).lines.length > 0);
      for (const member of ['generate', 'memory']) {
        const has = [...reached].some(
          (each) => tree.modules.get(each)?.functions.some(({ name }) => name === member) === true,
        );
        if (!has) yield { file, line: declared.line, message: `no module of it has ${member}()` };
      }
      if (!stamps) yield { file, line: declared.line, message: 'no module of it hands a token over (`sink.token`)' };
    }
  },
};

function* ofDeclaration(tree: TreeFacts, { name, file, declared, isRegistered }: DeclaredFramework): Generator<Found> {
  const { line, type, properties } = declared;
  const host = properties.get('host');
  const kind = frameworkKinds.get(host?.texts[0] ?? '');
  if (kind === undefined || kind !== type) {
    yield {
      file,
      line: host?.line ?? line,
      message: `host '${host?.texts[0] ?? ''}' is not that of ${type ?? 'a framework'}`,
    };
  }
  for (const [member, { optional }] of membersOfKind(tree, type ?? '')) {
    if (!optional && !properties.has(member)) yield { file, line, message: `${member} of ${type} is missing` };
  }
  for (const member of properties.keys()) {
    if (!membersOfKind(tree, type ?? '').has(member))
      yield { file, line: properties.get(member)?.line ?? line, message: `${type} has no ${member}` };
  }
  if (!isRegistered) yield { file, line, message: `${name} is not in scripts/frameworks/registry.ts` };
  if (!tree.modules.has(`scripts/${name}-benchmark.ts`))
    yield { file, line, message: `scripts/${name}-benchmark.ts is missing` };
}

/** The module that the engine process imports; null where there is none. */
function engineOf({ modules }: TreeFacts, { file, declared }: DeclaredFramework): string | null {
  const text = declared.properties.get('module')?.texts[0];
  if (declared.type === 'PythonFramework') {
    const path = `scripts/${(text ?? '').replaceAll('.', '/')}.py`;
    return modules.has(path) ? path : null;
  }
  if (declared.type !== 'BrowserFramework') return file;
  const page = posix.join(posix.dirname(file), 'in-page/page.ts');
  return modules.has(page) ? page : null;
}

/** What the host calls by name: no compiler checks that. */
function* ofEngine({ modules }: TreeFacts, { file, declared }: DeclaredFramework, engine: string): Generator<Found> {
  const module = modules.get(engine);
  if (module === undefined) return;
  if (declared.type === 'PythonFramework') {
    for (const name of ['probe', 'load']) {
      const has = module.functions.some((each) => each.parent === 0 && each.name === name);
      if (!has) yield { file: engine, line: 1, message: `the engine of a Python framework has no ${name}()` };
    }
  }
  if (declared.type === 'BrowserFramework' && !module.objects.some(({ name }) => name === 'page')) {
    yield { file: engine, line: 1, message: `the page of ${file} exports no page` };
  }
}

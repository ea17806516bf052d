/** The frameworks of a tree, as their modules declare them. */
import type { DeclaredObject } from './facts/objects.ts';
import type { TreeFacts } from './facts/tree-facts.ts';

export const frameworkRegistry = 'scripts/frameworks/registry.ts';
const frameworkContract = 'scripts/frameworks/framework.ts';
/** The kinds that the contract has, by what they say of their host. */
export const frameworkKinds: ReadonlyMap<string, string> = new Map([
  ['node', 'NodeFramework'],
  ['python', 'PythonFramework'],
  ['browser', 'BrowserFramework'],
]);

export interface DeclaredFramework {
  /** Its id; '' where the module does not write it down. */
  name: string;
  file: string;
  /** With a slash at its end; of a framework in one file the folder of all. */
  folder: string;
  declared: DeclaredObject;
  /** Whether the registry imports it. */
  isRegistered: boolean;
}

export function frameworksOf(tree: TreeFacts): DeclaredFramework[] {
  const registered = new Set(tree.modules.get(frameworkRegistry)?.imports.map(({ target }) => target));
  const kinds = [...frameworkKinds.values()];
  return [...tree.modules.values()].flatMap(({ file, objects }) => {
    if (!/^scripts\/frameworks\/([^/]+\/framework|[^/]+)\.ts$/.test(file)) return [];
    return objects
      .filter(
        ({ type, properties }) => kinds.includes(type ?? '') || (properties.has('name') && properties.has('host')),
      )
      .map((declared) => ({
        name: declared.properties.get('name')?.texts[0] ?? '',
        file,
        folder: file.slice(0, file.lastIndexOf('/') + 1),
        declared,
        isRegistered: registered.has(file),
      }));
  });
}

/** Members that a kind of the contract has, with those of the interfaces that it extends. */
export function membersOfKind(tree: TreeFacts, kind: string): ReadonlyMap<string, { optional: boolean }> {
  const interfaces = tree.modules.get(frameworkContract)?.interfaces ?? [];
  const found = interfaces.find(({ name }) => name === kind);
  const inherited = (found?.bases ?? []).flatMap((base) => [...membersOfKind(tree, base)]);
  return new Map([...inherited, ...(found?.members ?? [])]);
}

/** Methods that the models of a framework may lack, by the names that both languages have for them. */
export const modelAbilities = ['kernel', 'profile', 'score', 'likelihoods', 'embed', 'statistics'] as const;

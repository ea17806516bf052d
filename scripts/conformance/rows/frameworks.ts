/** What each framework has: its kind, what it declares, the parts of the contract, and where its tokens are stamped. */
import { importClosure, type TreeFacts } from '../facts/tree-facts.ts';
import { type DeclaredFramework, frameworksOf, membersOfKind, modelAbilities } from '../frameworks.ts';
import { stampsOf } from '../hot-path/regions.ts';
import { resolver } from '../hot-path/resolve.ts';
import { isPython } from '../source-tree.ts';

export interface FrameworkRow {
  name: string;
  host: string;
  devices: readonly string[];
  /** Weight formats; null where they are computed. */
  quantizations: readonly string[] | null;
  /** Optional facts and methods that it declares: 'samplesTopP', 'variants'. */
  declares: readonly string[];
  /** Optional methods of its models: 'kernel', 'score'. */
  abilities: readonly string[];
  /** Whether it shows when a prompt is evaluated: without it prefill rates are lower bounds. */
  showsPrompt: boolean;
  /** 'weightsBytes', 'enqueue': what it reports beside its tokens. */
  figures: readonly string[];
  /** Options of its own. */
  flags: readonly string[];
  /** Places where it hands tokens over. */
  stamps: ReadonlyArray<{ file: string; line: number }>;
  files: number;
  lines: number;
  /** Other frameworks that it is built on. */
  builtOn: readonly string[];
}

export function frameworkRows(tree: TreeFacts): FrameworkRow[] {
  const resolve = resolver(tree);
  return frameworksOf(tree).map((framework) => {
    const { name, folder, declared } = framework;
    const text = (property: string) => declared.properties.get(property);
    const reached = reachedBy(tree, framework);
    const functions = [...reached].flatMap((file) => tree.modules.get(file)?.functions ?? []);
    const optional = [...membersOfKind(tree, declared.type ?? '')].flatMap(([member, { optional }]) =>
      optional ? [member] : [],
    );
    const own = [...tree.modules.values()].filter(({ file }) => file.startsWith(folder));
    const quantizations = text('quantizations');
    return {
      name,
      host: text('host')?.texts[0] ?? '',
      devices: text('devices')?.texts ?? [],
      quantizations: quantizations?.isComplete === true ? quantizations.texts : null,
      declares: optional.filter((member) => declared.properties.has(member)),
      abilities: modelAbilities.filter((ability) => functions.some((each) => each.isMember && each.name === ability)),
      showsPrompt: functions.some(({ calls }) =>
        calls.some(({ callee }) => /^prompt(Evaluated|_evaluated)$/.test(callee.name)),
      ),
      figures: distinct([...reached].flatMap((file) => tree.modules.get(file)?.reportedFigures ?? [])),
      flags: distinct(own.flatMap(({ frameworkFlags }) => frameworkFlags)),
      stamps: [...reached].flatMap((file) => stampsOf(tree, resolve, file).lines.map((line) => ({ file, line }))),
      files: own.length,
      lines: own.reduce((sum, { lines }) => sum + lines, 0),
      builtOn: distinct([...reached].flatMap((file) => folderOf(file) ?? [])).filter(
        (other) => other !== name && frameworkFolder(tree, other),
      ),
    };
  });
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

/** Its modules and those of frameworks that they import; of a Python framework its engine's. */
function reachedBy(tree: TreeFacts, { file, declared }: DeclaredFramework): ReadonlySet<string> {
  const module = declared.properties.get('module')?.texts[0];
  const engine = declared.type === 'PythonFramework' ? `scripts/${(module ?? '').replaceAll('.', '/')}.py` : file;
  const page = declared.type === 'BrowserFramework' ? [file.replace(/[^/]+$/, 'in-page/page.ts')] : [];
  const starts = [engine, ...page].filter((each) => tree.modules.has(each));
  const reached = starts.flatMap((start) => [
    ...importClosure(
      tree,
      start,
      ({ target }) => folderOf(target ?? '') !== null && isPython(target ?? '') === isPython(start),
    ),
  ]);
  return new Set(reached);
}

function folderOf(file: string): string | null {
  return /^scripts\/frameworks\/([^/]+)\//.exec(file)?.[1] ?? null;
}

function frameworkFolder({ modules }: TreeFacts, folder: string): boolean {
  return modules.has(`scripts/frameworks/${folder}/framework.ts`);
}

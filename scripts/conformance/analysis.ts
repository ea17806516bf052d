/** From the files of a tree to what each part of it has, what is written twice, and what breaks the rules. */
import { type Duplicate, duplicatesOf, equalListsOf } from './duplicates.ts';
import { type Exception, exceptionsFile, exceptions as ownExceptions } from './exceptions.ts';
import { excuse } from './excuse.ts';
import { factsOf, type ModuleFacts, pythonFactsOf } from './facts/module-facts.ts';
import { treeFacts } from './facts/tree-facts.ts';
import type { Finding } from './finding.ts';
import { parsePython } from './python/python-module.ts';
import { type FrameworkRow, frameworkRows } from './rows/frameworks.ts';
import { type ModuleRow, moduleRows } from './rows/modules.ts';
import { type ScriptRow, scriptRows } from './rows/scripts.ts';
import { type WorkloadRow, workloadRows } from './rows/workloads.ts';
import { rules } from './rules.ts';
import { defaultsFile, isPython, type SourceTree } from './source-tree.ts';
import { parseModule } from './syntax/module.ts';

export interface Analysis {
  files: number;
  lines: number;
  findings: readonly Finding[];
  /** Findings that an exception excuses. */
  excused: number;
  frameworks: readonly FrameworkRow[];
  workloads: readonly WorkloadRow[];
  scripts: readonly ScriptRow[];
  duplicates: readonly Duplicate[];
  equalLists: readonly Duplicate[];
  /** Those with the most to gain first. */
  modules: readonly ModuleRow[];
}

/** What is known of a file, and what its rules found. */
interface Examined {
  facts: ModuleFacts;
  findings: readonly Finding[];
}

/** What was examined before, by file and text: of a changed tree only the changed files are read again. */
export type ExaminedFiles = Map<string, { text: string; examined: Examined }>;

export interface AnalysisOptions {
  /** Is filled, and used where a text is the same. */
  known?: ExaminedFiles;
  exceptions?: readonly Exception[];
}

export function analyse(tree: SourceTree, options: AnalysisOptions = {}): Analysis {
  const { facts, kept: findings, excused } = judged(tree, options);
  const duplicates = duplicatesOf(facts);
  return {
    files: facts.modules.size,
    lines: [...facts.modules.values()].reduce((sum, { lines }) => sum + lines, 0),
    findings,
    excused,
    frameworks: frameworkRows(facts),
    workloads: workloadRows(facts),
    scripts: scriptRows(facts),
    duplicates,
    equalLists: equalListsOf(facts),
    modules: moduleRows(facts, duplicates, findings),
  };
}

/** The findings alone, in the order of files and lines. */
export function findingsIn(tree: SourceTree, options: AnalysisOptions = {}): readonly Finding[] {
  return judged(tree, options).kept;
}

function judged(tree: SourceTree, { known = new Map(), exceptions = ownExceptions }: AnalysisOptions) {
  const has = new Set(tree.files);
  const examined = tree.files.flatMap((file) => (file === defaultsFile ? [] : [examinedOnce(file, tree, has, known)]));
  const facts = treeFacts(
    examined.map(({ facts }) => facts),
    defaultsIn(has.has(defaultsFile) ? tree.read(defaultsFile) : '{}'),
  );
  const ofModules = examined.flatMap(({ findings }) => findings);
  const ofTree = rules.flatMap(({ id, inTree }) =>
    [...(inTree?.(facts) ?? [])].map((found) => ({ rule: id, ...found })),
  );
  const text = has.has(exceptionsFile) ? tree.read(exceptionsFile) : '';
  return { facts, ...excuse([...ofModules, ...ofTree], exceptions, text) };
}

/** @throws SyntaxError for what is no JSON */
function defaultsIn(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function examinedOnce(file: string, tree: SourceTree, has: ReadonlySet<string>, known: ExaminedFiles): Examined {
  const text = tree.read(file);
  const before = known.get(file);
  if (before?.text === text) return before.examined;
  const examined = isPython(file) ? examinedPython(file, text, has) : examinedModule(file, text);
  known.set(file, { text, examined });
  return examined;
}

function examinedModule(file: string, text: string): Examined {
  const module = parseModule(file, text);
  const findings = rules.flatMap(({ id, inModule }) =>
    [...(inModule?.(module) ?? [])].map((found) => ({ rule: id, file, ...found })),
  );
  return { facts: factsOf(module), findings };
}

function examinedPython(file: string, text: string, has: ReadonlySet<string>): Examined {
  const module = parsePython(file, text);
  const findings = rules.flatMap(({ id, inPython }) =>
    [...(inPython?.(module) ?? [])].map((found) => ({ rule: id, file, ...found })),
  );
  return { facts: pythonFactsOf(module, (path) => has.has(path)), findings };
}

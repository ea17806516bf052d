/** All that is kept of a module once it has been read; its syntax tree is not. */

import { pythonFunctions } from '../python/python-functions.ts';
import { pythonImports } from '../python/python-imports.ts';
import type { PythonModule } from '../python/python-module.ts';
import type { Module } from '../syntax/module.ts';
import { type CodeLine, codeLinesOf, pythonCodeLines } from './code-lines.ts';
import { columnsOf, frameworkFlagsOf, namedTextsOf, recordTypesOf, reportedFiguresOf } from './declared-names.ts';
import type { FunctionFacts } from './function-facts.ts';
import { functionsOf } from './functions.ts';
import { type ImportFacts, importsOf } from './imports.ts';
import { type DeclaredInterface, type DeclaredObject, interfacesOf, objectsOf } from './objects.ts';
import { headerOf, optionsOf, type ProgramFacts, programsOf } from './script-facts.ts';
import { type WordList, wordListsOf } from './word-lists.ts';
import { type WrittenDefault, writtenDefaultsOf } from './written-defaults.ts';

export interface ModuleFacts {
  file: string;
  /** Lines of text. */
  lines: number;
  imports: readonly ImportFacts[];
  /** The first one is the module itself. */
  functions: readonly FunctionFacts[];
  objects: readonly DeclaredObject[];
  interfaces: readonly DeclaredInterface[];
  /** Text of the comment at its top. */
  header: string;
  programs: readonly ProgramFacts[];
  /** Options that it declares itself. */
  flags: readonly string[];
  /** Of its schemas: `type: z.literal('token')`. */
  recordTypes: readonly string[];
  /** Columns of tables that it declares. */
  columns: readonly string[];
  /** Options of a framework that it declares. */
  frameworkFlags: readonly string[];
  /** 'weightsBytes', 'enqueue': what an engine reports beside its tokens. */
  reportedFigures: readonly string[];
  codeLines: readonly CodeLine[];
  wordLists: readonly WordList[];
  /** Short texts that may be ids. */
  namedTexts: ReadonlyArray<{ line: number; text: string }>;
  writtenDefaults: readonly WrittenDefault[];
}

export function factsOf(module: Module): ModuleFacts {
  const imports = importsOf(module);
  return {
    file: module.file,
    lines: lineCount(module.text),
    imports,
    functions: functionsOf(module, imports),
    objects: objectsOf(module),
    interfaces: interfacesOf(module),
    header: headerOf(module),
    programs: programsOf(module, imports),
    flags: optionsOf(module).map(({ flag }) => flag),
    recordTypes: recordTypesOf(module),
    columns: columnsOf(module),
    frameworkFlags: frameworkFlagsOf(module),
    reportedFigures: reportedFiguresOf(module.text),
    codeLines: codeLinesOf(module),
    wordLists: wordListsOf(module),
    namedTexts: namedTextsOf(module),
    writtenDefaults: writtenDefaultsOf(module),
  };
}

/** @param exists whether the repository has a file of that path */
export function pythonFactsOf(module: PythonModule, exists: (file: string) => boolean): ModuleFacts {
  return {
    file: module.file,
    lines: lineCount(module.text),
    imports: pythonImports(module, exists),
    functions: pythonFunctions(module),
    ...{ objects: [], interfaces: [], header: '', programs: [], flags: [], recordTypes: [], wordLists: [] },
    ...{ columns: [], frameworkFlags: [], reportedFigures: reportedFiguresOf(module.text) },
    ...{ namedTexts: [], writtenDefaults: [] },
    codeLines: pythonCodeLines(module),
  };
}

function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

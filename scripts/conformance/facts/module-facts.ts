/** All that is kept of a module once it has been read; its syntax tree is not. */

import { pythonFunctions } from '../python/python-functions.ts';
import { pythonImports } from '../python/python-imports.ts';
import type { PythonModule } from '../python/python-module.ts';
import type { Module } from '../syntax/module.ts';
import { keyName, lastNameOf, stringOf } from '../syntax/names.ts';
import { type CodeLine, codeLinesOf, pythonCodeLines } from './code-lines.ts';
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
    ...{ namedTexts: [], writtenDefaults: [] },
    codeLines: pythonCodeLines(module),
  };
}

function namedTextsOf({ nodes, lineOf }: Module): Array<{ line: number; text: string }> {
  return nodes.flatMap((node) => {
    const text = stringOf(node);
    return text !== null && /^[a-z][a-z0-9]+$/.test(text) ? [{ line: lineOf(node), text }] : [];
  });
}

function recordTypesOf({ nodes }: Module): string[] {
  return nodes.flatMap((node) => {
    if (node.type !== 'Property' || keyName(node.key) !== 'type' || node.value.type !== 'CallExpression') return [];
    return lastNameOf(node.value.callee) === 'literal' ? [stringOf(node.value.arguments[0]) ?? []].flat() : [];
  });
}

function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

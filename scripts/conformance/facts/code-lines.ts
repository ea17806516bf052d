/** The lines of a module as duplicates are looked for: without blanks around them, comments, imports and lone brackets. */
import type { PythonModule } from '../python/python-module.ts';
import { linesOf } from '../syntax/lines.ts';
import type { Module } from '../syntax/module.ts';

export interface CodeLine {
  line: number;
  text: string;
}

export function codeLinesOf({ text, comments, program, lineAt }: Module): CodeLine[] {
  const hidden = new Set<number>();
  const imports = program.body.filter(({ type }) => type === 'ImportDeclaration');
  for (const { start, end } of [...comments, ...imports]) {
    // A comment behind code hides nothing of it.
    const first = lineAt(start);
    const isAlone = text.slice(text.lastIndexOf('\n', start) + 1, start).trim() === '';
    for (let line = isAlone ? first : first + 1; line <= lineAt(end - 1); line++) hidden.add(line);
  }
  return shownLines(text, hidden);
}

export function pythonCodeLines({ text, statements }: PythonModule): CodeLine[] {
  const hidden = new Set<number>();
  const lineAt = linesOf(text);
  const last = lineAt(text.length);
  const shown = new Set<number>();
  for (const { line, endLine, word, tokens } of statements) {
    const isText = tokens.every(({ kind }) => kind === 'text');
    if (word === 'import' || word === 'from' || isText) continue;
    for (let each = line; each <= endLine; each++) shown.add(each);
  }
  for (let line = 1; line <= last; line++) if (!shown.has(line)) hidden.add(line);
  return shownLines(text, hidden);
}

function shownLines(text: string, hidden: ReadonlySet<number>): CodeLine[] {
  return text.split('\n').flatMap((raw, index) => {
    const line = index + 1;
    const trimmed = raw.trim();
    return hidden.has(line) || !/[\p{L}\p{N}]/u.test(trimmed) ? [] : [{ line, text: trimmed }];
  });
}

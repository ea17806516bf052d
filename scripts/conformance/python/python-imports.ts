/** What a Python module imports. Modules of this repository are named from scripts/ on. */
import type { ImportFacts } from '../facts/imports.ts';
import type { PythonModule } from './python-module.ts';
import { blocksAround, type Statement } from './statements.ts';

/** @param exists whether the repository has a file of that path */
export function pythonImports({ statements }: PythonModule, exists: (file: string) => boolean): ImportFacts[] {
  const fileOf = (dotted: string): string | null => {
    const path = `scripts/${dotted.replaceAll('.', '/')}`;
    return [`${path}.py`, `${path}/__init__.py`].find(exists) ?? null;
  };
  return statements.flatMap((statement) => {
    if (statement.word !== 'import' && statement.word !== 'from') return [];
    const facts = { line: statement.line, late: isLate(statement), typeOnly: false };
    const words = statement.tokens.filter(({ text }) => text !== '(' && text !== ')').map(({ text }) => text);
    const importAt = words.indexOf('import');
    const names = listed(words.slice(importAt + 1));
    if (statement.word === 'import') {
      return names.map(({ local, imported }) => ({
        ...{ ...facts, specifier: imported, target: fileOf(imported) },
        names: [{ local, imported: '*' }],
      }));
    }
    const from = words.slice(1, importAt).join('');
    // A name may be a module by itself.
    return names.map((name) => {
      const inner = fileOf(`${from}.${name.imported}`);
      if (inner !== null) return { ...facts, specifier: from, target: inner, names: [{ ...name, imported: '*' }] };
      return { ...facts, specifier: from, target: fileOf(from), names: [name] };
    });
  });
}

/** Inside a function; what only the type checker imports counts as well. */
function isLate(statement: Statement): boolean {
  return blocksAround(statement).some(
    ({ word, tokens }) => word === 'def' || (word === 'if' && tokens[1]?.text === 'TYPE_CHECKING'),
  );
}

/** `a as b, c.d` */
function listed(words: readonly string[]): Array<{ local: string; imported: string }> {
  return words
    .join(' ')
    .split(' , ')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [imported = '', local] = part.replace(/ ,$/, '').split(' as ');
      const name = imported.replaceAll(' ', '');
      return { local: local?.trim() ?? name, imported: name };
    });
}

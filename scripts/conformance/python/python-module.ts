/** A Python module, as the rules see it. */
import { type Statement, statementsOf } from './statements.ts';
import { logicalLines } from './tokens.ts';

export interface PythonModule {
  readonly file: string;
  readonly text: string;
  readonly statements: readonly Statement[];
}

export function parsePython(file: string, text: string): PythonModule {
  return { file, text, statements: statementsOf(logicalLines(text)) };
}

/** The lines of a Python module with the blocks that they stand in. */
import type { LogicalLine } from './tokens.ts';

export interface Statement extends LogicalLine {
  /** Its first word: 'def', 'for', 'return', or a name. */
  word: string;
  /** The statement whose block it is in; null at the level of the module. */
  block: Statement | null;
  /** Of its block the last, on the level of that block; null where it has none. */
  last: Statement | null;
}

/** In order; decorated and `async` definitions are found under `def`. */
export function statementsOf(lines: readonly LogicalLine[]): Statement[] {
  const statements: Statement[] = [];
  const open: Statement[] = [];
  for (const line of lines) {
    while ((open.at(-1)?.indent ?? -1) >= line.indent) open.pop();
    const block = open.at(-1) ?? null;
    const [first, second] = line.tokens;
    const word = (first?.text === 'async' ? second : first)?.text ?? '';
    const statement: Statement = { ...line, word, block, last: null };
    if (block !== null) block.last = statement;
    open.push(statement);
    statements.push(statement);
  }
  return statements;
}

/** Those around it, the innermost first. */
export function blocksAround(statement: Statement): Statement[] {
  const around: Statement[] = [];
  for (let block = statement.block; block !== null; block = block.block) around.push(block);
  return around;
}

/** Name of a `def` or `class`. */
export function definedName({ tokens }: Statement): string {
  const at = tokens.findIndex(({ text }) => text === 'def' || text === 'class');
  return tokens[at + 1]?.text ?? '';
}

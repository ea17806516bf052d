/** The calls of a line of Python. */
import type { Callee } from '../facts/function-facts.ts';
import type { Token } from './tokens.ts';

export interface PythonCall {
  line: number;
  /** ['time', 'sleep']; a part that is no name is ''. */
  chain: readonly string[];
  /** Place of the opening bracket among the tokens. */
  bracket: number;
}

const notCalled = new Set([
  'def',
  'class',
  'if',
  'elif',
  'while',
  'for',
  'in',
  'and',
  'or',
  'not',
  'return',
  'yield',
  'lambda',
  'assert',
  'with',
  'except',
  'is',
  'else',
  'await',
  'import',
  'from',
  'as',
  'del',
  'raise',
]);

export function callsOf(tokens: readonly Token[]): PythonCall[] {
  return tokens.flatMap((token, at) => {
    const callee = tokens[at - 1];
    if (token.text !== '(' || callee?.kind !== 'name' || notCalled.has(callee.text)) return [];
    const before = tokens[at - 2]?.text;
    if (before === 'def' || before === 'class') return [];
    const chain = [callee.text];
    for (let i = at - 2; tokens[i]?.text === '.'; i -= 2) {
      const part = tokens[i - 1];
      chain.unshift(part?.kind === 'name' ? part.text : '');
      if (part?.kind !== 'name') break;
    }
    return [{ line: callee.line, chain, bracket: at }];
  });
}

export function calleeOf({ chain }: PythonCall): Callee {
  const name = chain.at(-1) ?? '';
  if (chain.length === 1) return { kind: 'name', name };
  if (chain.length === 2 && chain[0] === 'self') return { kind: 'own', name };
  return { kind: 'member', object: chain.at(-2) ?? '', name };
}

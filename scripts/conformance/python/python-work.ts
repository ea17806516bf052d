/** What has no place between two tokens, in Python. Tensors are made in every step, so of allocations only lists and dictionaries count. */
import type { Work } from '../facts/function-facts.ts';
import { callsOf } from './calls.ts';
import type { Statement } from './statements.ts';

type Found = Pick<Work, 'kind' | 'what' | 'line'>;

export function workOf({ tokens, word, line }: Statement): Found[] {
  const found: Found[] = [];
  if (word === 'import' || word === 'from') found.push({ kind: 'I/O', what: 'an import', line });
  for (const call of callsOf(tokens)) {
    const what = call.chain.join('.');
    const kind = kindOfCall(call.chain);
    if (kind !== null) found.push({ kind, what, line: call.line });
  }
  for (const [at, token] of tokens.entries()) {
    if (token.kind === 'text' && /^[rb]?f/i.test(token.text) && token.text.includes('{')) {
      found.push({ kind: 'formatting', what: 'an f-string', line: token.line });
    }
    const before = tokens[at - 1];
    const isDisplay =
      before === undefined || (before.kind === 'sign' && !')]}'.includes(before.text)) || keywords.has(before.text);
    const isFilled = !')]}'.includes(tokens[at + 1]?.text ?? '');
    if (isDisplay && isFilled && token.text === '[')
      found.push({ kind: 'allocation', what: 'a list', line: token.line });
    if (isDisplay && isFilled && token.text === '{')
      found.push({ kind: 'allocation', what: 'a dictionary', line: token.line });
  }
  return found;
}

/** Methods of files and paths, and what saves tensors. */
const filing = new Set(['write', 'write_text', 'write_bytes', 'read_text', 'read_bytes', 'save', 'flush']);
const keywords = new Set(['return', 'in', 'and', 'or', 'not', 'yield', 'if', 'else', 'for']);

function kindOfCall(chain: readonly string[]): Work['kind'] | null {
  const [first = ''] = chain;
  const name = chain.at(-1) ?? '';
  if (chain.length === 1) {
    if (name === 'print') return 'printing';
    return name === 'open' || name === 'input' ? 'I/O' : null;
  }
  if (first === 'json') return 'JSON';
  if (first === 'logging' || first === 'logger' || first === 'log') return 'printing';
  if (chain.join('.') === 'time.sleep') return 'pause';
  if (first === 'subprocess' || first === 'socket' || first === 'requests') return 'I/O';
  if (chain.slice(0, 2).join('.') === 'sys.stdout' || chain.slice(0, 2).join('.') === 'sys.stderr') return 'printing';
  if (first === 'gc') return 'pause';
  if (first === 'warnings') return 'printing';
  if (filing.has(name)) return 'I/O';
  return name === 'format' ? 'formatting' : null;
}

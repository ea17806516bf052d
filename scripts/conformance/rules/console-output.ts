/** What people read goes through scripts/command-line/terminal.ts: it wraps, colours, and lets no text from outside steer the terminal. */
import type { Rule } from '../rule.ts';
import { chainOf } from '../syntax/names.ts';

export const consoleOutput: Rule = {
  id: 'console-output',
  asks: 'Nothing but scripts/command-line writes to the console, standard output or standard error.',
  *inModule({ file, nodes, lineOf }) {
    if (file.startsWith('scripts/command-line/')) return;
    for (const node of nodes) {
      if (node.type !== 'CallExpression') continue;
      const name = chainOf(node.callee)?.join('.') ?? '';
      if (/^console\.\w+$|^process\.(stdout|stderr)\.write$/.test(name))
        yield { line: lineOf(node), message: `${name} goes past the terminal's one door` };
    }
  },
};

/** One place ends the process, with the exit code and what is still to be written. */
import type { Rule } from '../rule.ts';
import { isCallOf } from '../syntax/names.ts';

export const processExit: Rule = {
  id: 'process-exit',
  asks: 'process.exit is called in scripts/command-line only; others set process.exitCode.',
  *inModule({ file, nodes, lineOf }) {
    if (file.startsWith('scripts/command-line/')) return;
    for (const node of nodes) {
      if (node.type !== 'CallExpression' || !(isCallOf(node, 'process.exit') || isCallOf(node, 'process.abort')))
        continue;
      yield { line: lineOf(node), message: 'the process is ended here; set process.exitCode, or throw a UserError' };
    }
  },
};

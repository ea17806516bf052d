/** Who starts processes is known: each of them can disturb a measurement, outlive its parent, or run what a log says. */
import type { Rule } from '../rule.ts';

const modules = /^(node:)?(child_process|cluster)$|^(zx|execa)$/;

export const childProcesses: Rule = {
  id: 'child-processes',
  asks: 'Processes are started by scripts/command-line, and by the files that the exceptions name.',
  *inTree(tree) {
    for (const { file, imports } of tree.modules.values()) {
      if (file.startsWith('scripts/command-line/')) continue;
      for (const { specifier, typeOnly, line } of imports) {
        if (!typeOnly && modules.test(specifier)) yield { file, line, message: `${specifier} starts processes` };
      }
    }
  },
};

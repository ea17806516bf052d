/** Who starts processes is known: each of them can disturb a measurement, outlive its parent, or run what a log says. */
import { importsOf } from '../facts/imports.ts';
import type { Rule } from '../rule.ts';

const modules = /^(node:)?(child_process|cluster)$|^zx$|^execa$/;

export const childProcesses: Rule = {
  id: 'child-processes',
  asks: 'Processes are started by scripts/command-line, and by the files that the exceptions name.',
  *inModule(module) {
    if (module.file.startsWith('scripts/command-line/')) return;
    for (const { specifier, typeOnly, line } of importsOf(module)) {
      if (!typeOnly && modules.test(specifier)) yield { line, message: `${specifier} starts processes` };
    }
  },
};

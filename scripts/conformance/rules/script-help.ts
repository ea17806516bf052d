/** What a person starts says how: two commands at its top, and examples in its help. */
import type { Rule } from '../rule.ts';
import { commandsIn, isRunnable } from '../runnable-scripts.ts';

const fewestCommands = 2;

export const scriptHelp: Rule = {
  id: 'script-help',
  asks: 'A runnable script has two commands in its header, and examples in its help.',
  *inTree({ modules }) {
    for (const { file, header, programs } of modules.values()) {
      if (!isRunnable(file)) continue;
      const commands = commandsIn(header, file);
      if (commands < fewestCommands) {
        yield { file, line: 1, message: `its header has ${commands} of the two commands that start it` };
      }
      for (const { line, examples } of programs) {
        if (examples === 0) yield { file, line, message: 'its help has no example' };
      }
    }
  },
};

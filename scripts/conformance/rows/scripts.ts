/** What a person can start: its size, the options that it declares itself, and how it is explained. */
import type { TreeFacts } from '../facts/tree-facts.ts';
import { commandsIn, isRunnable } from '../runnable-scripts.ts';

export interface ScriptRow {
  file: string;
  lines: number;
  imports: number;
  /** Commands in its header. */
  commands: number;
  /** Examples in its help; null where another module makes it. */
  examples: number | null;
  /** Options that it declares itself; those of the settings come on top. */
  flags: readonly string[];
}

export function scriptRows({ modules }: TreeFacts): ScriptRow[] {
  return [...modules.values()]
    .filter(({ file }) => isRunnable(file))
    .map(({ file, lines, imports, header, programs, flags }) => ({
      file,
      lines,
      imports: imports.length,
      commands: commandsIn(header, file),
      examples: programs.length === 0 ? null : programs.reduce((sum, { examples }) => sum + (examples ?? 0), 0),
      flags,
    }));
}

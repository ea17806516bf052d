/** Command lines as a person can paste them. */
import { defaultOutput } from './options.ts';

/** As a POSIX shell reads it back into the same word. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export function shellLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

/** How a script is started from the folder of the project. @param script 'scripts/benchmark.ts' */
export function startWords(script: string): string[] {
  return script === 'scripts/start.ts' ? ['npm', 'start', '--'] : ['npx', 'tsx', script];
}

/** `npx tsx collate/all.ts --output results`: a script that works on the same folder of results. */
export function scriptLine(script: string, output: string, ...more: readonly string[]): string {
  return shellLine([...startWords(script), ...more, ...(output === defaultOutput ? [] : ['--output', output])]);
}

/** What installs a variant of a framework. */
export function installLine(framework: string, variant: string): string {
  return shellLine([...startWords('scripts/frameworks.ts'), 'install', framework, '--variant', variant]);
}

/** Command lines as a person can paste them, and how scripts are named: by their path, or by the command that started them. */
import { defaults } from '../settings/defaults.ts';

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
  return shellLine([...startWords(script), ...more, ...(output === defaults.output ? [] : ['--output', output])]);
}

/** What installs a variant of a framework. */
export function installLine(framework: string, variant: string): string {
  return shellLine([...startWords('scripts/frameworks.ts'), 'install', framework, '--variant', variant]);
}

/** For the log. */
export function commandLine(argv: readonly string[] = process.argv): string[] {
  return ['tsx', ...argv.slice(1).map((part, i) => (i === 0 ? scriptOf(part) : part))];
}

/**
 * The same again with some options changed, for a person to paste.
 * @param changes by name, without the dashes
 */
export function commandAgain(changes: Readonly<Record<string, string | number>>, argv = process.argv): string {
  const [, script = '', ...typed] = argv;
  const names = Object.keys(changes).map((name) => `--${name}`);
  const kept = typed.filter((word, i) => {
    const before = typed[i - 1];
    if (before !== undefined && names.includes(before)) return false;
    return !names.some((name) => word === name || word.startsWith(`${name}=`));
  });
  const changed = Object.entries(changes).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return shellLine([...startWords(scriptOf(script)), ...kept, ...changed]);
}

function scriptOf(path: string): string {
  return path.split(/[/\\]/).slice(-2).join('/');
}

/** How help texts and messages name a script: by its path, or by the command that started it. */

let commandOf: (script: string) => string | undefined = () => undefined;

/** @param naming from 'scripts/benchmark.ts' to 'npx tokenlap benchmark'; undefined: by its path */
export function nameScriptsBy(naming: (script: string) => string | undefined): void {
  commandOf = naming;
}

/** A command line with `npx tsx SCRIPT` in it, as the person starts it. */
export function asStarted(line: string): string {
  return line.replaceAll(/npx tsx ([\w/-]+\.ts)/g, (path, script: string) => commandOf(script) ?? path);
}

/** The script that runs, where a command started it. @param path of the script, absolute */
export function startedBy(path: string): string | undefined {
  return commandOf(path.split(/[/\\]/).slice(-2).join('/'));
}

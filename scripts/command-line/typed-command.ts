/** The command that this process was started with. */
import { shellLine, startWords } from './shell-line.ts';

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

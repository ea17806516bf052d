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

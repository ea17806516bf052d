/** What was typed on the recorded command line and stands nowhere else in the log: paths, and options of the framework. */

/** The value behind `--name`, in either spelling; undefined when it was not given. */
export function recordedOption(command: readonly string[], name: string): string | undefined {
  return recordedOptions(command, name).at(-1);
}

/** Every value, where an option may be repeated. */
export function recordedOptions(command: readonly string[], name: string): string[] {
  return command.flatMap((part, i) => {
    if (part === `--${name}`) return command[i + 1] ?? [];
    return part.startsWith(`--${name}=`) ? part.slice(name.length + 3) : [];
  });
}

export function wasGiven(command: readonly string[], name: string): boolean {
  return command.some((part) => part === `--${name}` || part.startsWith(`--${name}=`));
}

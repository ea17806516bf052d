/** What to do where a table, or what is known of it, is not what was written. */
import { scriptLine } from '../../scripts/command-line/shell-line.ts';

/** @param output folder of results */
export function rebuildRemedy(output: string): string {
  return `Make all tables again from the raw logs: \`${scriptLine('collate/all.ts', output, '--rebuild')}\`.`;
}

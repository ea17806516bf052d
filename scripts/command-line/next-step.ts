/** What a person may do with logs that are written, on standard error. */
import { scriptLine } from './shell-line.ts';
import { paint, say } from './terminal.ts';

/** @param output folder of results, as typed */
export function tellRawLogs(output: string): void {
  tellNext(`Raw logs: ${output}/raw. Next: ${scriptLine('collate/all.ts', output)}`);
}

export function tellNext(sentence: string): void {
  say(paint('dim', sentence, process.stderr));
}

/** From the header of a log, or the values of options, to the command that does the same. */
import { optionWords, type TypedValues, type Wording } from '../../command-line/option-words.ts';
import { startWords } from '../../command-line/shell-line.ts';
import type { Header } from '../../log/run-log-format.ts';
import { programs } from './programs.ts';
import { recordedValues } from './recorded-values.ts';

/** Whether this version has such a script: logs of another one may name another framework. */
export function isMeasuring(script: string | null): script is string {
  return script !== null && Object.hasOwn(programs, script);
}

/**
 * What the script does not take is left out.
 * @param script by its path: 'scripts/benchmark.ts'
 * @throws RangeError for a script that measures nothing
 */
export function commandWords(script: string, values: TypedValues, wording?: Wording): string[] {
  const program = isMeasuring(script) ? programs[script] : undefined;
  if (program === undefined) throw new RangeError(`${script} is no script that measures`);
  return [...startWords(script), ...optionWords(program(), values, wording)];
}

/** @param changes values in place of the recorded ones */
export function equivalentCommand(
  header: Header,
  script: string,
  changes: TypedValues = {},
  wording?: Wording,
): string[] {
  return commandWords(script, { ...recordedValues(header), ...changes }, wording);
}

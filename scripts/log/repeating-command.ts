/** From the header of a log, or the values of options, to the command that does the same. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { commandOfScript } from '../command-line/parsing/script-settings.ts';
import { optionWords, startWords, type TypedValues, type Wording } from '../command-line/shell-line.ts';
import { workloadRecords } from '../workloads/records.ts';
import { recordedValues } from './recorded-values.ts';
import type { Header } from './run-log-format.ts';

export function singleScript(framework: string): string {
  return `scripts/${framework}-benchmark.ts`;
}

/** The script that makes such a run; null where a person was part of it. */
export function scriptOf({ workload, session, framework }: Header): string | null {
  const own = workloadRecords.find((records) => records.name === workload);
  if (own !== undefined && 'script' in own) return own.script;
  return session === undefined ? singleScript(framework.name) : 'scripts/benchmark.ts';
}

/** Whether this version has such a script: logs of another one may name another framework. */
export function isMeasuring(script: string | null): script is string {
  return script !== null && existsSync(fileURLToPath(new URL(`../../${script}`, import.meta.url)));
}

/**
 * What the script does not take is left out.
 * @param script by its path: 'scripts/benchmark.ts'
 */
export function commandWords(script: string, values: TypedValues, wording?: Wording): string[] {
  return [...startWords(script), ...optionWords(commandOfScript(script, values), values, wording)];
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

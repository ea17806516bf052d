/** From the options that runs were asked for, as runs.csv has them, to the command that asks for the same. */
import { z } from 'zod';
import { shellLine, type TypedValues } from '../../scripts/command-line/shell-line.ts';
import { commandWords } from '../../scripts/log/repeating-command.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { defaults } from '../../scripts/settings/defaults.ts';

const valuesSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]));

/** What several runs together were asked for: every framework and format of them, and the options of all. */
export function askedValues(runs: ReadonlyArray<Pick<RunRow, 'asked_options'>>): TypedValues {
  const each = runs.map(({ asked_options }) => valuesSchema.parse(JSON.parse(asked_options ?? '{}')));
  const listOf = (name: string) =>
    [...new Set(each.flatMap((values) => (values[name] === undefined ? [] : String(values[name]))))].join(',') ||
    undefined;
  return { ...Object.assign({}, ...each), frameworks: listOf('frameworks'), quantize: listOf('quantize') };
}

/** @param output folder of results, as typed */
export function commandText(script: string, values: TypedValues, output: string): string {
  const inFolder = { ...values, output: output === defaults.output ? undefined : output };
  // How many runs a result needs is what a reader looks for.
  return shellLine(commandWords(script, inFolder, { named: ['iterations'] }));
}

/** Commands that measure what runs of a table measured: their own options, with something changed. */
import { z } from 'zod';
import type { TypedValues } from '../../scripts/command-line/option-words.ts';
import { defaultOutput } from '../../scripts/command-line/options.ts';
import { shellLine } from '../../scripts/command-line/shell-line.ts';
import { commandWords } from '../../scripts/log/repeating-command.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';

const valuesSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]));

/** Of several runs together: every framework and format of them, and what was asked of all. */
export function askedValues(runs: readonly RunRow[]): TypedValues {
  const each = runs.map(({ asked_options }) => valuesSchema.parse(JSON.parse(asked_options ?? '{}')));
  const listOf = (name: string) =>
    [...new Set(each.flatMap((values) => (values[name] === undefined ? [] : String(values[name]))))].join(',') ||
    undefined;
  return { ...Object.assign({}, ...each), frameworks: listOf('frameworks'), quantize: listOf('quantize') };
}

/** Rounds of the sessions that the runs belong to: what was measured, whatever was asked. */
export function roundsOf(runs: readonly RunRow[]): number {
  return 1 + Math.max(0, ...runs.map(({ iteration }) => iteration ?? 0));
}

/** @param output folder of results, as typed */
export function commandText(script: string, values: TypedValues, output: string): string {
  const inFolder = { ...values, output: output === defaultOutput ? undefined : output };
  // How many runs a result needs is what a reader looks for.
  return shellLine(commandWords(script, inFolder, { named: ['iterations'] }));
}

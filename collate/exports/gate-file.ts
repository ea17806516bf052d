/** `gate.json`: the report that the gate writes, read back. */
import { join } from 'node:path';
import { z } from 'zod';
import { exitCodes, oneLine, UserError } from '../../scripts/command-line/errors.ts';
import { textLimits } from '../../scripts/command-line/files/input-limits.ts';
import { parseJson, readText } from '../../scripts/command-line/files/text-file.ts';
import type { GateReport } from '../regressions/gate-report.ts';

/** In the folder of results. */
export function gateFile(output: string): string {
  return join(output, 'gate.json');
}

/** JSON has no infinity: a bound that is none is written as null, and then there is no interval. */
const interval = z
  .object({ low: z.number().nullable(), high: z.number().nullable() })
  .nullable()
  .transform((read) =>
    read === null || read.low === null || read.high === null ? null : { low: read.low, high: read.high },
  );
const count = z.number().nonnegative();

const rowSchema = z.object({
  cell: z.string(),
  metric: z.string(),
  title: z.string(),
  unit: z.string(),
  higherIsBetter: z.boolean(),
  primary: z.boolean(),
  verdict: z.enum(['regression', 'improvement', 'candidate', 'unchanged', 'insufficient']),
  base: z.number().nullable(),
  head: z.number().nullable(),
  ratio: z.object({ center: z.number(), interval, level: z.number() }).nullable(),
  p: z.number().nullable(),
  runs: z.object({ base: count, head: count }),
  runsNeeded: count.nullable(),
  smallestChange: z.number().nullable(),
  changed: z.array(z.string()),
  command: z.string(),
});

/** Fields of a later version are left out. */
export const gateReportSchema: z.ZodType<GateReport> = z.object({
  question: z.enum(['pull request', 'trend', 'comparison']),
  base: z.string(),
  head: z.string(),
  host: z.string(),
  floor: z.object({ share: z.number(), words: z.string() }),
  falseAlarms: z.number(),
  rows: z.array(rowSchema),
  sentence: z.string(),
});

/** @throws UserError with exit code 3 where there is no such file */
export function readGate(path: string): GateReport {
  const text = readText(path, 'reading the gate report', textLimits.runLog);
  try {
    return gateReportSchema.parse(parseJson(text));
  } catch (error) {
    const what = error instanceof z.ZodError ? firstIssue(error) : oneLine(error);
    throw new UserError(`${path} is no gate report: ${what}`, {
      exitCode: exitCodes.usage,
      remedy: 'Give the gate.json of scripts/ci-benchmark.ts or collate/regressions.ts with --gate FILE.',
      cause: error,
    });
  }
}

function firstIssue({ issues }: z.ZodError): string {
  const [first] = issues;
  return first === undefined ? 'it does not fit' : `${first.path.join('.') || 'the whole'}: ${first.message}`;
}

/** `gate.json`: the report that the gate writes, read back. */
import { join } from 'node:path';
import { z } from 'zod';
import { exitCodes, oneLine, UserError } from '../../scripts/command-line/errors.ts';
import { textLimits } from '../../scripts/command-line/files/input-limits.ts';
import { parseJson, readText } from '../../scripts/command-line/files/text-file.ts';
import { type GateReport, gateReportSchema } from '../regressions/gate-report.ts';

/** In the folder of results. */
export function gateFile(output: string): string {
  return join(output, 'gate.json');
}

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

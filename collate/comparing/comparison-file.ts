/** `comparison.json`: what `compare --json` prints, kept in a folder of results, from where the report takes it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { exitCodes, oneLine, UserError } from '../../scripts/command-line/errors.ts';
import { textLimits } from '../../scripts/command-line/files/input-limits.ts';
import { parseJson, readText } from '../../scripts/command-line/files/text-file.ts';
import { type ComparisonReport, comparisonSchema } from './comparison.ts';

/** Null where nobody kept one in this folder. @throws UserError as `readComparison` */
export function keptComparison(output: string): ComparisonReport | null {
  const path = join(output, 'comparison.json');
  return existsSync(path) ? readComparison(path) : null;
}

/** @throws UserError for what cannot be read, and for what is no comparison */
export function readComparison(path: string): ComparisonReport {
  return comparisonIn(readText(path, 'reading the comparison', textLimits.runLog), path);
}

/** @param from what messages call it. @throws UserError for what is no comparison */
export function comparisonIn(text: string, from: string): ComparisonReport {
  try {
    return comparisonSchema.parse(parseJson(text));
  } catch (error) {
    throw new UserError(
      `${from} is no comparison: ${error instanceof z.ZodError ? firstIssue(error) : oneLine(error)}`,
      {
        exitCode: exitCodes.usage,
        remedy: 'Make one: `npx tsx collate/compare.ts A B --json > comparison.json`.',
        cause: error,
      },
    );
  }
}

function firstIssue({ issues }: z.ZodError): string {
  const [first] = issues;
  return first === undefined ? 'it does not fit' : `${first.path.join('.') || 'the whole'}: ${first.message}`;
}

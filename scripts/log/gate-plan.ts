/** What ci-benchmark.ts measures of two builds: beside the logs it says which of them belong together. collate/gate.ts reads it. */
import { join } from 'node:path';
import { z } from 'zod';
import { missingError, oneLine, UserError } from '../command-line/errors.ts';
import { textLimits } from '../command-line/files/input-limits.ts';
import { parseJson, readText } from '../command-line/files/text-file.ts';
import { scriptLine } from '../command-line/shell-line.ts';
import { count, name, text } from './record-fields.ts';

/** What makes the gate exit with 1: an option of what measures and of what judges. */
export const failingVerdicts = {
  choices: ['regression', 'candidate', 'insufficient', 'never'],
  help: 'exit with 1 for a confirmed regression of a primary figure, also for a candidate, also where runs are too few, or never',
} as const;

export const sides = ['base', 'head'] as const;
export type Side = (typeof sides)[number];
/** `screen`: every cell. `confirm`: the suspects again. */
export type GateStage = 'screen' | 'confirm';

const gatePlanSchema = z.object({
  schema: z.literal('tokenlap.gate/1'),
  suite: name,
  /** The command line that measures the same again, cell by cell with --cell. */
  command: z.array(text),
  /** Of each side, in words, and the mark of its source that the names of its sweeps hold. */
  builds: z.object({
    base: z.object({ words: text, mark: name }),
    head: z.object({ words: text, mark: name }),
  }),
  /** Runs a side of the first stage, and at most of the second. */
  runs: count,
  mostRuns: count,
  cells: z.array(z.object({ number: count, words: text })),
  /** Why runs did not complete. */
  problems: z.array(z.object({ cell: count, side: z.enum(sides), reason: text })),
});
export type GatePlan = z.infer<typeof gatePlanSchema>;

export function gatePlanPath(output: string): string {
  return join(output, 'gate-plan.json');
}

/** @throws UserError where nothing was compared in this folder */
export function readGatePlan(output: string): GatePlan {
  const path = gatePlanPath(output);
  try {
    return gatePlanSchema.parse(parseJson(readText(path, 'reading the plan of the comparison', textLimits.settings)));
  } catch (error) {
    const how =
      'npx tsx scripts/ci-benchmark.ts --suite configs/suites/smoke.json --baseline main --output-dir results';
    if (error instanceof UserError && error.exitCode === 3) {
      throw missingError(`no two builds were compared in ${output}`, `Compare them first: \`${how}\`.`);
    }
    throw error instanceof UserError
      ? error
      : new UserError(`${path} is not a plan of a comparison: ${oneLine(error)}`, {
          remedy: `Remove it, and measure again: \`${scriptLine('scripts/ci-benchmark.ts', output)}\`.`,
        });
  }
}

const longestSuite = 24;

/** The sweep in whose name a cell of one side is measured in one stage: that is how its logs are told from the others. */
export function gateSweepName(
  { suite, builds }: Pick<GatePlan, 'suite' | 'builds'>,
  side: Side,
  stage: GateStage,
  cell: number,
): string {
  return [suite.slice(0, longestSuite), side, builds[side].mark, stage, cell].join('.');
}

/** Every run of a bisection, a line each, written as it ends: an interrupted bisection goes on where it was. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { fileError } from '../../../scripts/command-line/errors.ts';
import { makeFolder, requireWithin } from '../../../scripts/command-line/files/folders.ts';
import { textLimits } from '../../../scripts/command-line/files/input-limits.ts';
import { readText } from '../../../scripts/command-line/files/text-file.ts';
import type { Measure } from './bisect.ts';

const runSchema = z.object({ build: z.string(), value: z.number().positive().nullable(), at: z.iso.datetime() });

/** What decides what is measured: the same again finds the same file. */
interface Question {
  builds: readonly string[];
  command: string;
  metric: string | null;
}

export function journalPath(output: string, question: Question): string {
  const hash = createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, 12);
  return join(output, 'bisections', `${hash}.jsonl`);
}

/** Measures what the journal does not have. A line that was cut off while it was written counts as none. */
export function recorded(
  output: string,
  question: Question,
  measure: (build: string) => Promise<number | null>,
): Measure {
  const path = journalPath(output, question);
  const known = readRuns(path);
  requireWithin(output, ['bisections']);
  makeFolder(join(output, 'bisections'));
  return async (index) => {
    const build = question.builds[index] ?? '';
    const earlier = known.get(build)?.shift();
    if (earlier !== undefined) return earlier;
    const value = await measure(build);
    try {
      appendFileSync(path, `${JSON.stringify({ build, value, at: new Date().toISOString() })}\n`);
    } catch (error) {
      throw fileError(error, path, 'writing');
    }
    return value;
  };
}

/** Figures by build, in the order in which they were measured. */
function readRuns(path: string): Map<string, Array<number | null>> {
  const runs = new Map<string, Array<number | null>>();
  if (!existsSync(path)) return runs;
  for (const line of readText(path, 'reading the runs of the bisection', textLimits.settings).split('\n')) {
    const run = runIn(line);
    if (run !== null) runs.set(run.build, [...(runs.get(run.build) ?? []), run.value]);
  }
  return runs;
}

function runIn(line: string): z.infer<typeof runSchema> | null {
  try {
    return runSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

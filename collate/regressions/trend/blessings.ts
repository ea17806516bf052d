/** Levels that a person has accepted: from that run on a series is judged anew. A small file in the folder of results. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { exitCodes, UserError } from '../../../scripts/command-line/errors.ts';
import { requireWithin, writeWhole } from '../../../scripts/command-line/files/folders.ts';
import { loggedTextLimits, textLimits } from '../../../scripts/command-line/files/input-limits.ts';
import { parseJson, readText } from '../../../scripts/command-line/files/text-file.ts';

const blessingsFile = 'blessed.json';

const text = z.string().min(1).max(loggedTextLimits.name);

const blessingSchema = z.object({
  series: z.string().regex(/^[0-9a-f]{8}$/),
  /** For people who read the file. */
  name: z.string(),
  metric: z.string(),
  /** When the first run of the new baseline started; what started before it is history. */
  from: z.iso.datetime(),
  by: text,
  at: z.iso.datetime(),
  reason: text,
});
export type Blessing = z.infer<typeof blessingSchema>;

const fileSchema = z.object({ schema: z.literal('tokenlap.blessed/1'), blessings: z.array(blessingSchema) });

/** In the order in which they were given; none where there is no file. @throws UserError where the file is broken */
export function readBlessings(output: string): Blessing[] {
  const path = join(output, blessingsFile);
  if (!existsSync(path)) return [];
  const content = readText(path, 'reading the blessed levels', textLimits.settings);
  try {
    return fileSchema.parse(parseJson(content)).blessings;
  } catch (error) {
    throw new UserError(`${path} is not what \`bless\` writes`, {
      cause: error,
      exitCode: exitCodes.usage,
      remedy: 'Repair it, or move it away: then no level is blessed.',
    });
  }
}

export function addBlessings(output: string, more: readonly Blessing[]): void {
  requireWithin(output, [blessingsFile]);
  const blessings = [...readBlessings(output), ...more];
  const content = { schema: 'tokenlap.blessed/1', blessings } satisfies z.infer<typeof fileSchema>;
  writeWhole(join(output, blessingsFile), `${JSON.stringify(content, null, 2)}\n`);
}

/** The latest of a series, by its baseline; undefined where none of it is blessed. */
export function blessingOf(id: string, all: readonly Blessing[]): Blessing | undefined {
  return all
    .filter(({ series }) => series === id)
    .reduce<Blessing | undefined>(
      (latest, each) => (latest === undefined || each.from >= latest.from ? each : latest),
      undefined,
    );
}

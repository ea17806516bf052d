/**
 * The process of bombs.test.ts that is given the bombs: with little memory, two lines of JSON for each. A fault of ours ends it.
 * Argument: a list of what is to be done with which file.
 */
import { readFileSync } from 'node:fs';
import { oneLine, UserError } from '../../../../scripts/command-line/errors.ts';
import { gridOf } from '../../../../scripts/compare/sweeps/grid.ts';
import { readSweepFile } from '../../../../scripts/compare/sweeps/sweep-file.ts';
import { planConversion } from '../../../../scripts/models/convert/convert-folder.ts';
import { openSourceFolder } from '../../../../scripts/models/convert/source-folder.ts';
import { inspectCommand } from '../../../../scripts/preparation/commands/inspect.ts';
import { verifyFile } from '../../../../scripts/preparation/verify.ts';
import { jsonlTask } from '../../../../scripts/workloads/accuracy/tasks/jsonl.ts';
import { readQuestions } from '../../../../scripts/workloads/questions/questions.ts';

const bombs: Array<{ what: string; kind: string; path: string }> = JSON.parse(
  readFileSync(process.argv[2] ?? '', 'utf8'),
);

for (const { what, kind, path } of bombs) {
  process.stdout.write(`${JSON.stringify({ what })}\n`);
  const before = performance.now();
  const said = await outcome(kind, path);
  const residentBytes = process.resourceUsage().maxRSS * 1024;
  process.stdout.write(`${JSON.stringify({ what, ...said, ms: performance.now() - before, residentBytes })}\n`);
}

async function outcome(kind: string, path: string): Promise<{ said: string; remedy?: string | undefined }> {
  try {
    return { said: await given(kind, path), remedy: 'none is needed' };
  } catch (error) {
    if (error instanceof UserError) return { said: oneLine(error), remedy: error.remedy };
    throw error;
  }
}

async function given(kind: string, path: string): Promise<string> {
  switch (kind) {
    case 'inspect':
      await inspectCommand().parseAsync(['node', 'inspect', path]);
      return 'inspected';
    case 'verify':
      return (await verifyFile(path, () => {})).findings.map(({ text }) => text).join('; ');
    case 'convert':
      planConversion(openSourceFolder(path), { name: 'bomb', to: 'f16', pre: undefined, additions: [] });
      return 'planned';
    case 'questions':
      return `${(await readQuestions(path)).questions.length} questions`;
    case 'pairs':
      return `${(await jsonlTask(path).items({ seed: 1, count: 1 })).items.length} pairs`;
    case 'sweep':
      return `${gridOf(readSweepFile(path)).cells.length} cells`;
    default:
      throw new Error(`nothing is done with ${kind}`);
  }
}

/** The end of `npm start`: collation and charts, each in a process of its own, and the answer of the report. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { UserError } from '../command-line/errors.ts';
import type { Progress } from '../command-line/progress.ts';
import { scriptLine } from '../command-line/shell-line.ts';
import { paint } from '../command-line/terminal.ts';
import { repositoryRoot } from '../models/registry.ts';

const collatedSchema = z.object({ problems: z.array(z.unknown()) });
const drawnSchema = z.object({ answer: z.string(), figures: z.string(), report: z.object({ html: z.string() }) });

/** Tables, charts and the report; its answer, and where it is. */
export async function report(output: string, line: Progress): Promise<string> {
  line.stage('collating');
  const { problems } = collatedSchema.parse(await runStage('collate/all.ts', output));
  line.stage('drawing charts and writing the report');
  const drawn = drawnSchema.parse(await runStage('plots/generate.ts', output));
  const doubts =
    problems.length === 0
      ? []
      : [`Something is wrong in the logs, ${problems.length} times: ${scriptLine('collate/all.ts', output, '--json')}`];
  return [
    '',
    ...doubts,
    paint('bold', drawn.answer),
    ...(drawn.figures === '' ? [] : [drawn.figures]),
    '',
    `Report: ${pathToFileURL(resolve(drawn.report.html)).href}`,
  ].join('\n');
}

/**
 * A stage of the pipeline in a process of its own; stages exchange files, and what they print as JSON.
 * @throws UserError with the last line that it printed when it fails
 */
async function runStage(script: string, output: string): Promise<unknown> {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), join(repositoryRoot, script), '--output', output, '--json'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const [printed, said, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (code === 0) return JSON.parse(printed);
  const why = said.trim().split('\n').at(-1) ?? '';
  throw new UserError(
    `${script} ended with exit code ${code}; the measurements are kept in ${output}${why === '' ? '' : `: ${why}`}`,
    { remedy: `Run it again by hand: ${scriptLine(script, output)}` },
  );
}

/** A stage of the pipeline in a process of its own; stages know each other by files, and by what they print as JSON. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { UserError } from '../command-line/errors.ts';
import { scriptLine } from '../command-line/shell-line.ts';
import { repositoryRoot } from '../models/registry.ts';

/** @throws UserError with its last words when it fails */
export async function runStage(script: string, output: string): Promise<unknown> {
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

/** A stage of the pipeline in a process of its own; stages exchange files, and what they print as JSON. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { exitCodes, UserError } from '../command-line/errors.ts';
import { scriptLine } from '../command-line/shell-line.ts';
import { repositoryRoot } from '../models/registry.ts';

/**
 * @param words behind `--output DIR --json`
 * @throws UserError with the last line that it printed when it fails
 */
export async function runStage(script: string, output: string, words: readonly string[] = []): Promise<unknown> {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), join(repositoryRoot, script), '--output', output, '--json', ...words],
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

/**
 * A stage that shows its results itself.
 * @param words behind `--output DIR`. @param first words before it
 * @returns its exit code
 */
export async function showStage(
  script: string,
  output: string,
  words: readonly string[],
  first: readonly string[] = [],
): Promise<number> {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), join(repositoryRoot, script), ...first, '--output', output, ...words],
    { stdio: 'inherit' },
  );
  const [code] = await once(child, 'close');
  return typeof code === 'number' ? code : exitCodes.interrupted;
}

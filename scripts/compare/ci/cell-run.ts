/** One run of one cell by one build: its own sweep.ts, in a process of its own, as a person would start it there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { makeFolder, writeWhole } from '../../command-line/files/folders.ts';
import { parseJson } from '../../command-line/files/text-file.ts';
import type { CellOptions } from '../sweeps/cell.ts';
import type { Build } from './build.ts';

/** `out`: the next run of it would not be different. */
export type CellRun = { kind: 'completed' } | { kind: 'interrupted' } | { kind: 'failed' | 'out'; reason: string };

export interface CellRunRequest {
  build: Pick<Build, 'root'>;
  /** Name of the sweep: its logs have it. */
  sweep: string;
  options: CellOptions;
  /** From 0. What earlier calls have completed under this name is not run again. */
  iteration: number;
  output: string;
}

const resultSchema = z.object({ cells: z.array(z.object({ status: z.string(), reason: z.string().nullable() })) });

export async function runCellOnce(request: CellRunRequest, signal: AbortSignal): Promise<CellRun> {
  const { build, output } = request;
  const words = [join(build.root, 'scripts', 'sweep.ts'), sweepFile(request), '--output', resolve(output), '--json'];
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C in the terminal reaches this process only, which hands it on once.
    detached: true,
  });
  const stop = () => child.kill('SIGINT');
  signal.addEventListener('abort', stop, { once: true });
  try {
    const [printed, said] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return signal.aborted ? { kind: 'interrupted' } : outcomeOf(printed, said);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** A sweep of this one cell. It stays beside the logs, whose command names it. */
function sweepFile({ sweep, options, iteration, output }: CellRunRequest): string {
  const folder = join(resolve(output), 'ci');
  makeFolder(folder);
  const path = join(folder, `${sweep}.json`);
  writeWhole(path, `${JSON.stringify({ name: sweep, iterations: iteration + 1, ...options }, null, 2)}\n`);
  return path;
}

function outcomeOf(printed: string, said: string): CellRun {
  const result = resultSchema.safeParse(jsonIn(printed));
  const last = result.data?.cells.at(-1);
  if (last === undefined) return { kind: 'out', reason: errorIn(said) };
  const reason = last.reason ?? 'no reason in its log';
  if (last.status === 'completed') return { kind: 'completed' };
  return { kind: last.status === 'failed' ? 'failed' : 'out', reason: `${last.status}: ${reason}` };
}

function jsonIn(printed: string): unknown {
  try {
    return parseJson(printed);
  } catch {
    return null;
  }
}

/** The error line of a script, or else its last one. */
function errorIn(said: string): string {
  const lines = said.trim().split('\n');
  const error = lines.find((line) => line.startsWith('error:'))?.slice('error:'.length) ?? lines.at(-1);
  return error?.trim() || 'it ended without a result';
}

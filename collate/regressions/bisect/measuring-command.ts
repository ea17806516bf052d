/** The command of a person that builds and measures one build; it learns which one from its environment. */
import { spawn } from 'node:child_process';
import { UserError, usageError } from '../../../scripts/command-line/errors.ts';
import { parseJson } from '../../../scripts/command-line/files/text-file.ts';

/** The variable that names the build. A name is data: it never becomes a part of the command line. */
export const buildVariable = 'TOKENLAP_BUILD';
/** As in `git bisect run`: this build cannot be measured. */
const skipCode = 125;
const mostOutput = 2 ** 24;

interface Command {
  /** For a shell. */
  line: string;
  folder: string;
  /** Path of the figure in JSON that the command prints, by dots; null where it prints a number. */
  metric: string | null;
  signal: AbortSignal;
}

/**
 * Runs the command for a build.
 * @returns its figure; null where it ends with exit code 125
 * @throws UserError where it fails otherwise, or prints no figure above 0
 */
export async function measureBuild(build: string, { line, folder, metric, signal }: Command): Promise<number | null> {
  const { code, output } = await runShell(line, folder, build, signal);
  signal.throwIfAborted();
  if (code === skipCode) return null;
  if (code !== 0) {
    throw new UserError(`the measuring command ended with exit code ${code} for build ${build}`, {
      remedy: `Let it end with ${skipCode} where a build cannot be measured. Runs so far are kept: the same command goes on.`,
    });
  }
  return figureIn(output, metric, build);
}

function runShell(line: string, folder: string, build: string, signal: AbortSignal) {
  return new Promise<{ code: number | null; output: string }>((resolve, reject) => {
    const child = spawn(line, {
      shell: true,
      cwd: folder,
      env: { ...process.env, [buildVariable]: build },
      stdio: ['ignore', 'pipe', 'inherit'],
      signal,
    });
    let output = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text: string) => {
      if (output.length < mostOutput) output += text;
    });
    child.on('error', (error) => (signal.aborted ? resolve({ code: null, output }) : reject(error)));
    child.on('close', (code) => resolve({ code, output }));
  });
}

export function figureIn(output: string, metric: string | null, build: string): number {
  const value = metric === null ? Number(output.trim().split('\n').at(-1) || Number.NaN) : fieldOf(output, metric);
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  const found = JSON.stringify(output.trim().slice(-80));
  throw usageError(
    metric === null
      ? `the last line that the measuring command printed for build ${build} is no number above 0: ${found}`
      : `the measuring command printed no JSON with a number above 0 at ${metric} for build ${build}`,
    'Let it print the figure alone in its last line, or JSON, and name the field with --metric, as in decode_tokens_per_s.',
  );
}

function fieldOf(output: string, path: string): unknown {
  let value: unknown;
  try {
    value = parseJson(output);
  } catch {
    return undefined;
  }
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = new Map(Object.entries(value)).get(name);
  }
  return value;
}

/** Converters of others as child processes: what they print is kept for the case that they fail; and mlc_llm, which makes folders in MLC's format. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { exitCodes, missingError, oneLine, UserError } from '../command-line/errors.ts';
import { programPath } from '../command-line/program-path.ts';
import { openSourceFolder } from '../models/convert/source-folder.ts';
import { mlcFacts } from '../models/mlc/folder.ts';
import type { ModelProgress } from '../models/model-progress.ts';
import { requireFree } from '../models/new-file.ts';

const keptLines = 20;

/**
 * @param onLine every line that it prints
 * @throws UserError with its last words, or when the signal is aborted
 */
export async function runTool(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
    signal,
  });
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      last.push(line);
      if (last.length > keptLines) last.shift();
      onLine(line);
    });
  }
  const code = await new Promise<number | string>((resolve, reject) => {
    child.on('error', (cause) => reject(notStarted(command, cause, signal)));
    child.on('close', (exitCode, killedBy) => resolve(exitCode ?? killedBy ?? 'no code'));
  });
  if (code === 0) return;
  const words = last.filter((line) => line.trim() !== '').at(-1) ?? 'it said nothing';
  throw new UserError(`${command} ended with ${code}: ${oneLine(words).slice(0, 300)}`);
}

function notStarted(command: string, cause: Error, signal: AbortSignal): UserError {
  if (signal.aborted)
    return new UserError(`interrupted while ${command} was at work`, { cause, exitCode: exitCodes.interrupted });
  return new UserError(`${command} does not start: ${oneLine(cause)}`, { cause, exitCode: exitCodes.missing });
}

export interface MlcConversion {
  folder: string;
  /** MLC's own name: q4f16_1, q0f32, ... */
  to: string;
  output: string | undefined;
  /** Name of the conversation's format, which MLC has built in. */
  conversation: string;
  force: boolean;
}

/** @throws UserError when there is no mlc_llm, or with what it said */
export async function convertToMlc(request: MlcConversion, progress: ModelProgress, signal: AbortSignal) {
  const source = openSourceFolder(request.folder);
  const tool = mlcTool();
  const path = resolve(request.output ?? `${source.name}-${request.to}-MLC`);
  requireFree(path, request.force);
  const step = (name: string, options: readonly string[]) => {
    const label = `${name} of ${source.name}`;
    return runTool(tool, [name, ...options], {}, () => progress({ label, done: 0, total: 0 }), signal);
  };
  const common = [source.path, '--quantization', request.to];
  await step('convert_weight', [...common, '--output', path]);
  await step('gen_config', [...common, '--conv-template', request.conversation, '--output', path]);
  return { path, ...mlcFacts(path) };
}

function mlcTool(): string {
  const found = programPath('mlc_llm');
  if (found !== undefined) return found;
  throw missingError(
    'mlc_llm is not on the PATH',
    'Install it as https://llm.mlc.ai/docs/install/mlc_llm.html says, and activate its environment.',
  );
}

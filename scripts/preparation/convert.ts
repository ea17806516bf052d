/** Converts a folder of transformers to a GGUF file, with Tokenlap's own converter or llama.cpp's script. */
import { spawn } from 'node:child_process';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { exitCodes, oneLine, UserError } from '../command-line/errors.ts';
import { interpreterFor } from '../engine/python-interpreter.ts';
import { convertNeeds, convertPythonPath, convertScript } from '../frameworks/llamacpp/tools/native-tool.ts';
import { type Lineage, type LineageStep, ownStep, withStep } from '../log/lineage.ts';
import { type ConvertTarget, planConversion, writeConversion } from '../models/convert/convert-folder.ts';
import { openSourceFolder, type SourceFolder } from '../models/convert/source-folder.ts';
import { filesSha256 } from '../models/file-digest.ts';
import type { ModelProgress } from '../models/model-progress.ts';
import { requireFree, writeOutput } from '../models/new-file.ts';
import { lineageField, type Made, madeFile } from './made-file.ts';

export interface ConvertRequest {
  folder: string;
  to: ConvertTarget;
  /** Absent: named after the folder, in the current one. */
  output: string | undefined;
  /** `general.name`; absent: the folder's. */
  name: string | undefined;
  pre: string | undefined;
  /** Keys of config.json that are not known here, and that the user accepts (--accept-config). */
  acceptedKeys?: readonly string[] | undefined;
  tool: 'own' | 'llama.cpp';
  /** Path of convert_hf_to_gguf.py. */
  convertScript: string | undefined;
  force: boolean;
}

export async function convertModel(request: ConvertRequest, progress: ModelProgress, signal: AbortSignal) {
  const { to, name, pre, acceptedKeys = [] } = request;
  const folder = openSourceFolder(request.folder);
  const path = resolve(request.output ?? `${folder.name}-${to}.gguf`);
  requireFree(path, request.force);
  const planWith = (additions: Array<ReturnType<typeof lineageField>>) =>
    planConversion(folder, { to, name: name ?? folder.name, pre, additions, acceptedKeys });
  // A model that cannot be converted is refused before gigabytes are hashed.
  if (request.tool === 'own') planWith([]);
  const source: Lineage = { root: await rootOf(folder, progress), steps: [] };
  const startedMs = performance.now();
  const made = async (step: LineageStep, sha256: Made['sha256']) => {
    const peakResidentBytes = process.resourceUsage().maxRSS * 1024;
    const origin = `converted from ${folder.path}`;
    return madeFile(path, origin, source, { step, sha256, peakResidentBytes }, startedMs, progress);
  };
  if (request.tool === 'llama.cpp') {
    return made(await byLlamaCpp(request, folder, source.root.sha256, path, progress, signal), null);
  }
  const step = ownStep('convert', source.root.sha256, {
    to,
    ...(pre === undefined ? {} : { pre }),
    ...(acceptedKeys.length === 0 ? {} : { acceptedConfig: acceptedKeys.join(',') }),
  });
  const plan = planWith([lineageField(withStep(source, step))]);
  const total = plan.layout.fileBytes;
  const label = `converting ${folder.name} to ${to}`;
  let sha256: string | null = null;
  await writeOutput(path, total, async (temporary) => {
    sha256 = await writeConversion(plan, temporary, (done) => progress({ label, done, total }));
  });
  return made(step, sha256);
}

async function byLlamaCpp(
  { convertScript: given, to }: ConvertRequest,
  folder: SourceFolder,
  inputSha256: string,
  path: string,
  progress: ModelProgress,
  signal: AbortSignal,
): Promise<LineageStep> {
  const script = convertScript(given);
  const python = await interpreterFor(convertNeeds);
  const label = `converting ${folder.name} to ${to} (${basename(script)})`;
  const expected = [...folder.tensors.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  await writeOutput(path, expected, (temporary) =>
    runTool(
      python.path,
      [script, folder.path, '--outtype', to, '--outfile', temporary],
      { PYTHONPATH: convertPythonPath(script), HF_HUB_OFFLINE: '1' },
      () => progress({ label, done: 0, total: 0 }),
      signal,
    ),
  );
  return { action: 'convert', tool: basename(script), version: null, inputSha256, options: { to } };
}

async function rootOf(folder: SourceFolder, progress: ModelProgress): Promise<Lineage['root']> {
  const label = `hashing ${folder.name}`;
  const sha256 = await filesSha256(folder.weightFiles, (done, total) => progress({ label, done, total }));
  const [first, ...others] = folder.weightFiles;
  const single = first !== undefined && others.length === 0;
  return { sha256, name: single ? join(folder.name, basename(first)) : folder.name };
}

const keptLines = 20;

/**
 * @param onLine called with every line that it prints
 * @throws UserError with its last line, or when the signal is aborted
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
    return new UserError(`interrupted while ${command} was running`, { cause, exitCode: exitCodes.interrupted });
  return new UserError(`${command} does not start: ${oneLine(cause)}`, { cause, exitCode: exitCodes.missing });
}

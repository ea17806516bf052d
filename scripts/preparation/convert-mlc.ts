/** A folder of transformers becomes a folder in MLC's format, through the mlc_llm of the machine. */
import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { exitCodes, UserError } from '../command-line/errors.ts';
import { openSourceFolder } from '../models/convert/source-folder.ts';
import { mlcFacts } from '../models/mlc/folder.ts';
import type { ModelProgress } from '../models/model-progress.ts';
import { requireFree } from '../models/new-file.ts';
import { runTool } from './child-tool.ts';

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
  const file = process.platform === 'win32' ? 'mlc_llm.exe' : 'mlc_llm';
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, file))
    .find((candidate) => existsSync(candidate));
  if (found !== undefined) return found;
  throw new UserError('mlc_llm is not on the PATH', {
    exitCode: exitCodes.missing,
    remedy: 'Install it as https://llm.mlc.ai/docs/install/mlc_llm.html says, and activate its environment.',
  });
}

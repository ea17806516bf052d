/** The web-llm that is measured: the one that is installed, or the package of another version. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { usageError } from '../../command-line/errors.ts';
import { textOption } from '../../command-line/parsing/framework-options.ts';
import type { FrameworkSettings } from '../../settings/settings.ts';

const entry = join('lib', 'index.js');

/** @throws UserError when --web-llm names no package */
export function webLlmFolder(given: FrameworkSettings): string {
  const asked = textOption(given, 'webLlm');
  if (asked === undefined) return fileURLToPath(new URL('..', import.meta.resolve('@mlc-ai/web-llm')));
  const folder = resolve(asked);
  if (existsSync(join(folder, entry))) return folder;
  throw usageError(
    `there is no ${entry} in ${folder}`,
    'Name the folder of a web-llm package with --web-llm, as `npm pack @mlc-ai/web-llm@VERSION` unpacks it.',
  );
}

/** 'web-llm 0.2.86' */
export function webLlmName(folder: string): string {
  const { version }: { version: string } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return `web-llm ${version}`;
}

/** A library that asks for other functions than these was compiled for another version. */
export function webLlmOffers(folder: string): (functionName: string) => boolean {
  const code = readFileSync(join(folder, entry), 'utf8');
  return (functionName) => code.includes(functionName);
}

interface KnownModel {
  model: string;
  model_id: string;
  model_lib: string;
}

/** The models that it knows by name, each with the address of its library. Its module needs nothing of a browser. */
export async function webLlmModels(folder: string): Promise<readonly KnownModel[]> {
  const module: { prebuiltAppConfig: { model_list: KnownModel[] } } = await import(
    pathToFileURL(join(folder, entry)).href
  );
  return module.prebuiltAppConfig.model_list;
}

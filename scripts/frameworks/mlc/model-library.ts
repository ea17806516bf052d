/**
 * The compiled library that runs a model: the one asked for, one in the model's folder, or the one that web-llm knows for
 * it, fetched once. What does not fit is refused before the browser sees it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { missingError, usageError } from '../../command-line/errors.ts';
import { textOption } from '../../command-line/parsing/framework-options.ts';
import { mlcManifestPath, readMlcConfig, readMlcManifest } from '../../models/mlc/folder.ts';
import type { FrameworkSettings } from '../../settings/settings.ts';
import { fetchedLibrary, type LibraryFacts, libraryFacts } from './library-file.ts';

/** The world around; every part has its real default. */
export interface LibrarySurroundings {
  given: FrameworkSettings;
  /** Nothing is fetched. */
  offline: boolean;
  environment: NodeJS.ProcessEnv;
  fetch: typeof fetch;
}

const realSurroundings: LibrarySurroundings = {
  given: {},
  offline: false,
  environment: process.env,
  fetch: (...request) => fetch(...request),
};

/**
 * The one that --model-lib names, on this disk.
 * @throws UserError when it is not there, no library, or one for another version of web-llm
 */
export async function chosenLibrary(
  surroundings: Partial<LibrarySurroundings> = {},
): Promise<LibraryFacts | undefined> {
  const world = { ...realSurroundings, ...surroundings };
  const asked = textOption(world.given, 'modelLib');
  if (asked === undefined) return undefined;
  return checked(/^https?:/.test(asked) ? await fetchedLibrary(asked, world) : onDisk(asked), world);
}

/**
 * @param folder of the model
 * @returns path of a library that runs its weights
 * @throws UserError when there is none, or it is for another model
 */
export async function modelLibrary(folder: string, surroundings: Partial<LibrarySurroundings> = {}): Promise<string> {
  const world = { ...realSurroundings, ...surroundings };
  const library = (await chosenLibrary(world)) ?? checked(inFolder(folder) ?? (await known(folder, world)), world);
  requireFit(library, folder);
  return library.path;
}

function onDisk(path: string): string {
  if (existsSync(path)) return resolve(path);
  throw missingError(`there is no model library ${path}`, 'Check the path given with --model-lib.');
}

function inFolder(folder: string): string | undefined {
  const [first] = readdirSync(folder).filter((name) => name.endsWith('.wasm'));
  return first === undefined ? undefined : join(folder, first);
}

/** A folder of the cache has its repository's name: owner--name@revision. */
async function known(folder: string, world: LibrarySurroundings): Promise<string> {
  const name = basename(folder)
    .replace(/^.*?--/, '')
    .replace(/@.*$/, '');
  const webLlm = webLlmFolder(world.given);
  const models = await webLlmModels(webLlm);
  const found =
    models.find(({ model_id }) => model_id === name) ?? models.find(({ model }) => model.endsWith(`/${name}`));
  if (found !== undefined) return fetchedLibrary(found.model_lib, world);
  throw missingError(
    `${webLlmName(webLlm)} knows no library for ${name}`,
    'Name the one that was compiled for it: --model-lib FILE.wasm, or its URL.',
  );
}

function checked(path: string, { given }: LibrarySurroundings): LibraryFacts {
  const facts = libraryFacts(path, readFileSync(path));
  const webLlm = webLlmFolder(given);
  const offers = webLlmOffers(webLlm);
  const unknown = facts.imports.find((name) => !offers(name));
  if (unknown === undefined) return facts;
  throw usageError(
    `the model library ${path} was compiled for another version than ${webLlmName(webLlm)}: it wants ${unknown}`,
    'Take the library of this version, or the web-llm that goes with it: --web-llm DIR; see docs/mlc.md.',
  );
}

/** Weight by weight: a library takes exactly those that it was compiled for. */
function requireFit({ path, model }: LibraryFacts, folder: string): void {
  if (model === undefined) return;
  const library = basename(path);
  const refuse = (message: string) =>
    usageError(
      `the library ${library} ${message}`,
      'Name the library that was compiled for this model with --model-lib.',
    );
  const { quantization, model_type: architecture } = readMlcConfig(folder);
  if (model.quantization !== quantization) throw refuse(`is for ${model.quantization}, the model has ${quantization}`);
  if (model.model_type !== architecture) throw refuse(`is for ${model.model_type}, the model is ${architecture}`);
  const { records } = readMlcManifest(mlcManifestPath(folder));
  const tensors = new Map(records.flatMap((shard) => shard.records.map(({ name, shape }) => [name, shape])));
  for (const { name, shape } of model.params) {
    const its = tensors.get(name);
    if (its === undefined) throw refuse(`wants the weights ${name}, which the model lacks`);
    if (its.join() !== shape.join())
      throw refuse(`wants ${name} as ${shape.join('x')}, the model has ${its.join('x')}`);
  }
}

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
function webLlmOffers(folder: string): (functionName: string) => boolean {
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

/** The model cache, the models in it, and room on the disks. */
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../command-line/errors.ts';
import { bytes } from '../command-line/format.ts';
import { defaultOutput } from '../command-line/options.ts';
import { freeBytesOf, modelCacheFolder } from '../models/model-cache.ts';
import { modelCatalog } from '../models/model-catalog.ts';
import { loadRegistry } from '../models/registry.ts';
import type { Finding } from './finding.ts';

/** A 1B model in four bits, with its log. */
const littleRoomBytes = 2e9;
const part = 'Models and disk';

export function storageFindings(output = resolve(defaultOutput), cache = modelCacheFolder()): Finding[] {
  return [
    modelsFinding(cache),
    roomFinding('room for models', cache),
    writableFinding(output),
    roomFinding('room for results', output),
  ];
}

function modelsFinding(cache: string): Finding {
  const here = modelCatalog(loadRegistry(), cache).flatMap((model) => [
    ...model.quantizations.flatMap(({ name, path }) => (path === null ? [] : [`${model.size} ${name}`])),
    ...(model.synthetic.length === 0 ? [] : [`${model.size} ${model.algorithm}, ${model.synthetic.length} synthetic`]),
  ]);
  const text = `${here.length === 0 ? 'none yet' : here.join('; ')} (${bytes(folderBytes(cache))} in ${cache})`;
  return { part, name: 'models', state: 'ok', text };
}

function folderBytes(folder: string): number {
  if (!existsSync(folder)) return 0;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.reduce((sum, name) => {
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    return sum + (found?.isFile() === true ? found.size : 0);
  }, 0);
}

function roomFinding(name: string, folder: string): Finding {
  const free = freeBytesOf(existing(folder));
  if (free >= littleRoomBytes) return { part, name, state: 'ok', text: `${bytes(free)} free` };
  const next = `Free some space, or choose another disk: ${name.includes('models') ? 'TOKENLAP_CACHE=DIR' : '--output DIR'}.`;
  return { part, name, state: 'note', text: `only ${bytes(free)} free`, next };
}

function writableFinding(output: string): Finding {
  const folder = existing(output);
  try {
    if (!statSync(folder).isDirectory()) throw new UserError(`${folder} is a file`);
    accessSync(folder, constants.W_OK);
    return { part, name: 'results', state: 'ok', text: output };
  } catch {
    const next = 'Go to another folder, or give every command --output DIR.';
    return { part, name: 'results', state: 'stops', text: `${output} cannot be written`, next };
  }
}

function existing(folder: string): string {
  return existsSync(folder) ? folder : existing(dirname(folder));
}

/** Findings about Node, system, processor, memory and GPUs, and about the model cache, its models and the free disk space. */

import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };
import { UserError } from '../command-line/errors.ts';
import { bytes } from '../command-line/format.ts';
import type { Host } from '../log/records/host-record.ts';
import { coresAndMemory } from '../machine/facts/usable.ts';
import { freeBytesOf, modelCacheFolder } from '../models/model-cache.ts';
import { modelCatalog } from '../models/model-catalog.ts';
import { loadRegistry } from '../models/registry.ts';
import { defaults } from '../settings/defaults.ts';
import type { Finding } from './findings.ts';

export async function machineFindings(host: Host): Promise<Finding[]> {
  const part = 'Machine';
  return [
    nodeFinding(process.versions.node),
    await npmFinding(),
    { part, name: 'system', state: 'ok', text: `${host.platform} ${host.release}, ${host.architecture}` },
    { part, name: 'processor', state: 'ok', text: host.cpuModel },
    { part, name: 'may be used', state: 'ok', text: coresAndMemory(host) },
    {
      part,
      name: 'GPU',
      state: 'ok',
      text: host.gpus.length === 0 ? 'none: everything runs on the processor' : host.gpus.map(gpuText).join(', '),
    },
  ];
}

/** @param version of Node, without a v */
export function nodeFinding(version: string, wanted = packageJson.engines.node): Finding {
  const found = { part: 'Machine', name: 'Node', text: version } as const;
  const [least] = /[\d.]+/.exec(wanted) ?? ['0'];
  if (!isBelow(version, least)) return { ...found, state: 'ok' };
  return { ...found, state: 'stops', text: `${version}, and ${wanted} is needed`, next: 'Install a newer Node.' };
}

function isBelow(version: string, least: string): boolean {
  const [a, b] = [version, least].map((text) => text.split('.').map(Number));
  for (const [i, part] of (b ?? []).entries()) {
    const own = a?.[i] ?? 0;
    if (own !== part) return own < part;
  }
  return false;
}

async function npmFinding(): Promise<Finding> {
  const found = { part: 'Machine', name: 'npm' } as const;
  try {
    const { stdout } = await promisify(execFile)('npm', ['--version'], { shell: process.platform === 'win32' });
    return { ...found, state: 'ok', text: stdout.trim() };
  } catch {
    return { ...found, state: 'note', text: 'not found; what is installed runs without it' };
  }
}

function gpuText({ name, memoryBytes }: Host['gpus'][number]): string {
  return memoryBytes === null ? name : `${name} (${bytes(memoryBytes)})`;
}

/** A 1B model in four bits, with its log. */
const littleRoomBytes = 2e9;
const part = 'Models and disk';

export function storageFindings(output = resolve(defaults.output), cache = modelCacheFolder()): Finding[] {
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

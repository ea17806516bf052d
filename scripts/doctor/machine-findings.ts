/** Node, system, processor, memory, GPU. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };
import { bytes } from '../command-line/format.ts';
import type { Host } from '../log/records/host-record.ts';
import { coresAndMemory } from '../machine/usable.ts';
import type { Finding } from './finding.ts';

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

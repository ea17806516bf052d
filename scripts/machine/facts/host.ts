/** The facts of this machine that influence results. */
import { createHash } from 'node:crypto';
import { arch, cpus, hostname, loadavg, platform, release, totalmem, userInfo } from 'node:os';
import { cpu, graphics, system } from 'systeminformation';
import type { Host, Usable } from '../../log/records/host-record.ts';
import { isGpu, powerSource } from './machine.ts';
import { readText } from './system-files.ts';
import { readUsable } from './usable.ts';
import { readVirtualization } from './virtualization.ts';

let known: Promise<Host> | undefined;

/** Read once per process, except for the load average. */
export async function describeHost(anonymize: boolean): Promise<Host> {
  known ??= readHost();
  const host = { ...(await known), loadAverage1m: platform() === 'win32' ? null : (loadavg()[0] ?? null) };
  return anonymize
    ? {
        ...host,
        anonymized: true,
        hostname: stableHash('host', host.hostname),
        username: stableHash('user', host.username),
      }
    : host;
}

/** Cores and memory that this process may use; read once per process. */
export async function usableHere(): Promise<Usable> {
  const { usable, physicalCores } = await describeHost(false);
  return usable ?? readUsable(physicalCores);
}

/** The default number of threads: one for each core that may be used. */
export async function usableCores(): Promise<number> {
  return (await usableHere()).cores;
}

async function readHost(): Promise<Host> {
  const [processor, gpus, machine, power] = await Promise.all([cpu(), graphics(), system(), powerSource()]);
  const logicalCores = cpus().length;
  const { hypervisor, container } = readVirtualization();
  const ofFirmware = machine.virtual === true ? machine.virtualHost || 'unknown' : null;
  const physicalCores = Math.max(1, Math.min(processor.physicalCores || logicalCores, logicalCores || 1));
  return {
    hostname: hostname(),
    username: userName(),
    anonymized: false,
    platform: platform(),
    release: release(),
    architecture: arch(),
    cpuModel: cpus()[0]?.model.trim() || `${processor.manufacturer} ${processor.brand}`.trim() || 'unknown CPU',
    physicalCores,
    logicalCores,
    memoryBytes: totalmem(),
    usable: readUsable(physicalCores),
    gpus: gpus.controllers.filter(isGpu).map(({ model, vram, driverVersion }) => ({
      name: model,
      memoryBytes: vram === null ? null : vram * 1024 * 1024,
      ...(driverVersion ? { driver: driverVersion } : {}),
    })),
    node: process.version,
    virtualized: hypervisor !== null || ofFirmware !== null,
    hypervisor: hypervisor ?? ofFirmware,
    container,
    governor: readText('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor')?.trim() ?? null,
    powerSource: power,
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

/** The same name gives the same hash everywhere, so that runs of one machine still belong together. */
function stableHash(kind: string, name: string): string {
  return `${kind}-${createHash('sha256').update(`tokenlap ${kind} ${name}`).digest('hex').slice(0, 12)}`;
}

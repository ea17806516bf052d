/** Facts of this machine beyond those in the log of every run: caches, memory modules, graphics cards with their drivers. */

import { join } from 'node:path';
import {
  battery,
  cpu,
  type Systeminformation as Facts,
  graphics,
  mem,
  memLayout,
  osInfo,
  system,
} from 'systeminformation';
import type { Machine } from '../../log/hardware/hardware-log-format.ts';
import { namesIn, readNumber, readText } from './system-files.ts';
import { availableBytes } from './usable.ts';
import { readVirtualization } from './virtualization.ts';

/** Values of systeminformation; tests use their own. */
export interface MachineSources {
  processor: Pick<Facts.CpuData, 'manufacturer' | 'brand' | 'processors' | 'speed' | 'cache'>;
  memory: Pick<Facts.MemData, 'total' | 'available' | 'swaptotal'>;
  modules: ReadonlyArray<Pick<Facts.MemLayoutData, 'size' | 'type' | 'clockSpeed'>>;
  cards: ReadonlyArray<Pick<Facts.GraphicsControllerData, 'model' | 'vendor' | 'vram' | 'driverVersion'>>;
  system: Pick<Facts.OsData, 'distro' | 'release' | 'kernel'>;
  computer: Pick<Facts.SystemData, 'virtual' | 'virtualHost'>;
  /** Hypervisor according to the files of the system. */
  hypervisor: string | null;
  powerSource: string | null;
  /** Where proc and sys hang: `/`, outside tests. */
  root: string;
}

export async function readMachine(): Promise<Machine> {
  const [processor, memory, modules, { controllers }, os, computer, power] = await Promise.all([
    cpu(),
    mem(),
    memLayout(),
    graphics(),
    osInfo(),
    system(),
    powerSource(),
  ]);
  const available = Math.min(memory.available, availableBytes());
  return machineOf({
    processor,
    memory: { ...memory, available },
    modules,
    cards: controllers,
    system: os,
    computer,
    hypervisor: readVirtualization().hypervisor,
    powerSource: power,
    root: '/',
  });
}

export function machineOf(sources: MachineSources): Machine {
  const { processor, memory, cards, system, computer } = sources;
  const modules = sources.modules.filter(({ size }) => size > 0);
  const [first] = modules;
  const { l1d, l1i, l2, l3 } = processor.cache;
  return {
    type: 'machine',
    processor: {
      vendor: processor.manufacturer,
      brand: processor.brand,
      sockets: processor.processors,
      gigahertz: positive(processor.speed),
    },
    caches: {
      l1Data: positive(l1d),
      l1Instruction: positive(l1i),
      l2: positive(l2),
      l3: positive(l3),
      last: lastCacheTold({ l2: positive(l2), l3: positive(l3), root: sources.root }),
    },
    memory: {
      totalBytes: memory.total,
      availableBytes: memory.available,
      swapBytes: memory.swaptotal,
      kind: first === undefined || /^(unknown|other|ram)?$/i.test(first.type) ? null : first.type,
      megatransfersPerSecond: positive(first?.clockSpeed ?? null),
      modules: modules.length,
    },
    gpus: cards.filter(isGpu).map(({ model, vendor, vram, driverVersion }) => ({
      name: model,
      vendor,
      memoryBytes: typeof vram === 'number' && vram > 0 ? vram * 2 ** 20 : null,
      driver: driverVersion === undefined || driverVersion === '' ? null : driverVersion,
    })),
    system: { name: system.distro, release: system.release, kernel: system.kernel },
    virtual: sources.hypervisor ?? (computer.virtual === true ? computer.virtualHost || 'virtual machine' : null),
    powerSource: sources.powerSource,
  };
}

/** Whether it is not a display adapter that a virtual machine emulates. */
export function isGpu({ model }: { model: string }): boolean {
  return model !== '' && !/virtual|cirrus|vmware|qxl|bochs|basic/i.test(model);
}

/** Null for unknown values, which are missing, 0 or -1. */
function positive(value: number | null | undefined): number | null {
  return typeof value === 'number' && value > 0 ? value : null;
}

type LastCacheTold = NonNullable<Machine['caches']['last']>;

interface CacheSources {
  /** As systeminformation has them: bytes of all of a level together. */
  l2: number | null;
  l3: number | null;
  /** Where proc and sys hang: `/`, outside tests. */
  root: string;
}

/**
 * The last cache, one for each group of cores that shares it, as Linux reports it in /sys; otherwise as other tools do. Null when
 * nothing reports it.
 */
export function lastCacheTold({ l2, l3, root }: CacheSources): LastCacheTold | null {
  const sysfs = lastInSys(root);
  if (sysfs !== null && sysfs.level >= 3) return sysfs;
  if (l3 !== null) return { level: 3, bytesEach: l3, instances: 1, toldBy: 'systeminformation' };
  const listed = thirdInCpuinfo(root, l2);
  if (listed !== null) return { level: 3, bytesEach: listed, instances: 1, toldBy: '/proc/cpuinfo' };
  if (sysfs !== null) return sysfs;
  return l2 === null ? null : { level: 2, bytesEach: l2, instances: 1, toldBy: 'systeminformation' };
}

/** Files of /sys/devices/system/cpu/cpuN/cache/indexN: sysfs-devices-system-cpu. */
function lastInSys(root: string): LastCacheTold | null {
  const processors = join(root, 'sys/devices/system/cpu');
  const found = namesIn(processors, /^cpu\d+$/).flatMap((cpu) => {
    const folder = join(processors, cpu, 'cache');
    return namesIn(folder, /^index\d+$/).flatMap((index) => {
      const of = (name: string) => readText(join(folder, index, name))?.trim();
      const bytes = bytesOf(of('size'));
      const level = readNumber(join(folder, index, 'level'));
      if (level === undefined || bytes === null || of('type') === 'Instruction') return [];
      return { level, bytes, sharedBy: of('shared_cpu_list') ?? cpu };
    });
  });
  const level = Math.max(0, ...found.map((cache) => cache.level));
  const last = found.filter((cache) => cache.level === level);
  const [first] = last;
  if (first === undefined) return null;
  return {
    level,
    // Kinds of cores may differ; the smaller cache holds for a thread that may run on either.
    bytesEach: Math.min(...last.map(({ bytes }) => bytes)),
    instances: new Set(last.map(({ sharedBy }) => sharedBy)).size,
    toldBy: '/sys',
  };
}

/** `32768K`, `2M`. */
function bytesOf(text: string | undefined): number | null {
  const [, digits, unit = ''] = /^(\d+)([KMG]?)$/.exec(text ?? '') ?? [];
  const bytes = Number(digits) * ({ K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[unit] ?? 1);
  return bytes > 0 ? bytes : null;
}

/** Intel's `cache size` is the largest cache; AMD's is the second of a core. */
function thirdInCpuinfo(root: string, l2: number | null): number | null {
  const text = readText(join(root, 'proc/cpuinfo')) ?? '';
  const kilobytes = /^cache size\s*:\s*(\d+) KB$/m.exec(text)?.[1];
  if (!/^vendor_id\s*:\s*GenuineIntel$/m.test(text) || kilobytes === undefined) return null;
  const bytes = Number(kilobytes) * 1024;
  return l2 !== null && bytes > l2 ? bytes : null;
}

/** 'mains' or 'battery'; null where there is no battery. */
export async function powerSource(): Promise<string | null> {
  const { hasBattery, acConnected } = await battery();
  if (!hasBattery) return null;
  return acConnected ? 'mains' : 'battery';
}

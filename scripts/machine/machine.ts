/** What this machine is, beyond what every run's log has: caches, memory modules, graphics cards with their drivers. */
import { cpu, type Systeminformation as Facts, graphics, mem, memLayout, osInfo, system } from 'systeminformation';
import type { Machine } from '../log/hardware/hardware-log-format.ts';
import { lastCacheTold } from './cache-sizes.ts';
import { powerSource } from './power-source.ts';
import { availableBytes } from './usable.ts';
import { readVirtualization } from './virtualization.ts';

/** As systeminformation tells it; tests give their own. */
export interface MachineSources {
  processor: Pick<Facts.CpuData, 'manufacturer' | 'brand' | 'processors' | 'speed' | 'cache'>;
  memory: Pick<Facts.MemData, 'total' | 'available' | 'swaptotal'>;
  modules: ReadonlyArray<Pick<Facts.MemLayoutData, 'size' | 'type' | 'clockSpeed'>>;
  cards: ReadonlyArray<Pick<Facts.GraphicsControllerData, 'model' | 'vendor' | 'vram' | 'driverVersion'>>;
  system: Pick<Facts.OsData, 'distro' | 'release' | 'kernel'>;
  computer: Pick<Facts.SystemData, 'virtual' | 'virtualHost'>;
  /** As the files of the system tell it. */
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

/** Not a display adapter that a virtual machine emulates. */
export function isGpu({ model }: { model: string }): boolean {
  return model !== '' && !/virtual|cirrus|vmware|qxl|bochs|basic/i.test(model);
}

/** What is not known comes as nothing, as 0, or as -1. */
function positive(value: number | null | undefined): number | null {
  return typeof value === 'number' && value > 0 ? value : null;
}

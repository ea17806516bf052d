/** The WebGPU adapter that web-llm gets: what it is, what it can, and whether it is one at all. */
import type { GpuAdapter } from './browser.ts';

/** The same request that web-llm makes; undefined where there is none. */
export async function findAdapter(): Promise<GpuAdapter | undefined> {
  return (await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' })) ?? undefined;
}

const softwareNames = /swiftshader|llvmpipe|lavapipe|basic render|warp/i;

/** Drawn by the processor. */
export function isSoftware(adapter: GpuAdapter): boolean {
  const { info } = adapter;
  return (
    info.isFallbackAdapter === true ||
    adapter.isFallbackAdapter === true ||
    softwareNames.test(`${info.architecture} ${info.device} ${info.description}`)
  );
}

/** Browsers hide what could identify a person: often there is no more than 'nvidia ampere'. */
export function adapterName(adapter: GpuAdapter): string {
  const { vendor, architecture, device, description } = adapter.info;
  const name = description || [vendor, architecture, device].filter((part) => part !== '').join(' ') || 'unnamed';
  return isSoftware(adapter) ? `${name} (software)` : name;
}

/** For the log: which adapter it is. */
export function adapterIdentity(adapter: GpuAdapter): Record<string, string | boolean> {
  const { vendor, architecture, device, description } = adapter.info;
  const known = Object.entries({ vendor, architecture, device, description }).filter(([, text]) => text !== '');
  return {
    ...Object.fromEntries(known.map(([name, text]) => [`adapter.${name}`, text])),
    'adapter.software': isSoftware(adapter),
    'adapter.shaderF16': adapter.features.has('shader-f16'),
  };
}

/** For the log: all that it can. */
export function adapterAbilities(adapter: GpuAdapter): Record<string, string | number> {
  const abilities: Record<string, string | number> = { 'adapter.features': [...adapter.features].sort().join(' ') };
  for (const name in adapter.limits) {
    const value: unknown = Reflect.get(adapter.limits, name);
    if (typeof value === 'number') abilities[`limit.${name}`] = value;
  }
  return abilities;
}

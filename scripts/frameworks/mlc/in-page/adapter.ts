/** The WebGPU adapter that web-llm gets and the device that it makes: what the adapter is and can, and when it is lost. */
import { UserError } from '../../../command-line/errors.ts';

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

/** The part of a browser that is used here, WebGPU above all; Node's types know nothing of it. https://www.w3.org/TR/webgpu */
export interface GpuAdapterInfo {
  vendor: string;
  architecture: string;
  device: string;
  description: string;
  isFallbackAdapter?: boolean;
}

export interface GpuAdapter {
  info: GpuAdapterInfo;
  /** Where it stood before it became part of `info`. */
  isFallbackAdapter?: boolean;
  features: Iterable<string> & { has(name: string): boolean };
  /** Its names are getters of the prototype. */
  limits: object;
  requestDevice(descriptor?: object): Promise<GpuDevice>;
}

interface GpuDevice {
  lost: Promise<{ reason: string; message: string }>;
}

interface Gpu {
  requestAdapter(options?: { powerPreference?: 'high-performance' }): Promise<GpuAdapter | null>;
}

declare global {
  var navigator: { gpu?: Gpu };
  var location: { origin: string };
  var crossOriginIsolated: boolean;
}

/** Watches the device that web-llm makes for itself: when it is lost, what runs on it would wait for ever. */
export interface DeviceWatch {
  /** The work's result, or a UserError once the device is lost. */
  orLost<T>(work: Promise<T>): Promise<T>;
}

/** Devices of this adapter's kind that are made from now on. */
export function watchDevices(adapter: GpuAdapter): DeviceWatch {
  let tellLost: (error: UserError) => void = () => {};
  const lost = new Promise<never>((_, reject) => {
    tellLost = reject;
  });
  // Nobody may be waiting when it happens.
  lost.catch(() => {});
  const prototype: GpuAdapter = Object.getPrototypeOf(adapter);
  const { requestDevice } = prototype;
  prototype.requestDevice = async function (this: GpuAdapter, descriptor?: object): Promise<GpuDevice> {
    const device = await requestDevice.call(this, descriptor);
    void device.lost.then(({ reason, message }) => {
      // One that web-llm gave up itself.
      if (reason !== 'destroyed') tellLost(deviceLost(message));
    });
    return device;
  };
  return { orLost: (work) => Promise.race([work, lost]) };
}

function deviceLost(message: string): UserError {
  return new UserError(`the WebGPU device was lost${message === '' ? '' : `: ${message}`}`, {
    remedy: 'Most often its memory ran out: choose a smaller model, --quantize or --context.',
  });
}

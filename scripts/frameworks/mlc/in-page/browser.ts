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

export interface GpuDevice {
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

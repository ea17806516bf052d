/** Devices and ONNX Runtime's execution providers: which of them the build has, and which of those work on this machine. */
import { existsSync, readdirSync } from 'node:fs';
import { missingError, oneLine } from '../../command-line/errors.ts';
import type { DeviceInfo } from '../framework.ts';
import { processorName } from '../read-back.ts';
import { GraphBuilder, operatorSets } from './graph/graph-builder.ts';
import { onnxBytes } from './graph/onnx-file.ts';
import { InferenceSession, listSupportedBackends } from './runtime.ts';

/** Names of the binding by device, in order of preference. */
const providerOf: Readonly<Record<string, string>> = {
  cuda: 'cuda',
  tensorrt: 'tensorrt',
  directml: 'dml',
  coreml: 'coreml',
  qnn: 'qnn',
  openvino: 'openvino',
  webgpu: 'webgpu',
  cpu: 'cpu',
};

export interface Provider {
  device: string;
  /** Name of the provider in the binding. */
  name: string;
  deviceName: string;
  software: boolean;
  /** Whether the binding can hold outputs in the device's memory. */
  keepsOutputs: boolean;
}

/** Settings of a session that computes on a provider, or fails. */
export function providerOptions({ device, name }: Pick<Provider, 'device' | 'name'>) {
  return {
    executionProviders: [name],
    // A node that the provider cannot run would silently run on the processor.
    extra: { session: device === 'cpu' ? {} : { disable_cpu_ep_fallback: '1' } },
  };
}

/** Lists the devices that compute something on this machine, best first. */
export async function workingDevices(): Promise<DeviceInfo[]> {
  const working: DeviceInfo[] = [];
  for (const device of Object.keys(providerOf)) {
    if (!inBuild(device) || (await failureOf(device)) !== undefined) continue;
    const { deviceName, software } = describe(device);
    working.push({ kind: device, name: deviceName, ...(software ? { software } : {}) });
  }
  return working;
}

/**
 * @param device 'auto' for the best that works and is not emulated
 * @throws UserError when the provider is not in the build, or does not work on this machine
 */
export async function providerFor(device: string): Promise<Provider> {
  if (device === 'auto') {
    const best = (await workingDevices()).find(({ software }) => software !== true);
    return describe(best?.kind ?? 'cpu');
  }
  if (!inBuild(device)) {
    const has = listSupportedBackends().map(({ name }) => deviceOf(name));
    throw missingError(
      `this build of onnxruntime-node has no execution provider for ${device}`,
      `It has: ${has.join(', ')}. docs/onnx.md says which build has which.`,
    );
  }
  const failure = await failureOf(device);
  if (failure === undefined) return describe(device);
  throw missingError(
    `ONNX Runtime cannot compute on ${device} here: ${failure}`,
    `Use --device cpu, or install the driver and the provider's library; see docs/onnx.md.`,
  );
}

function inBuild(device: string): boolean {
  return listSupportedBackends().some(({ name }) => name === providerOf[device]);
}

function deviceOf(provider: string): string {
  return Object.entries(providerOf).find(([, name]) => name === provider)?.[0] ?? provider;
}

function describe(device: string): Provider {
  const software = device === 'webgpu' && !hasGraphicsHardware();
  const deviceName = device === 'cpu' ? processorName() : software ? `${device} (no graphics hardware)` : device;
  return { device, name: providerOf[device] ?? device, deviceName, software, keepsOutputs: device === 'webgpu' };
}

/** ONNX Runtime does not report its adapter; without graphics hardware it can only be one that the processor emulates. */
function hasGraphicsHardware(): boolean {
  if (process.platform !== 'linux') return true;
  const nodes = existsSync('/dev/dri') ? readdirSync('/dev/dri') : [];
  return nodes.some((name) => name.startsWith('render')) || existsSync('/dev/nvidia0') || existsSync('/dev/dxg');
}

/** Tries the provider on a graph of one addition. @returns the error, or undefined when it works */
async function failureOf(device: string): Promise<string | undefined> {
  const graph = new GraphBuilder();
  graph.input('x', 'float32', [1]);
  graph.output(graph.onnx('Add', 'sum', ['x', 'x']), 'float32', [1]);
  const bytes = onnxBytes({ graph: graph.build('addition'), operatorSets, properties: new Map() });
  try {
    const session = await InferenceSession.create(
      bytes,
      providerOptions({ device, name: providerOf[device] ?? device }),
    );
    await session.release();
    return undefined;
  } catch (error) {
    return oneLine(error);
  }
}

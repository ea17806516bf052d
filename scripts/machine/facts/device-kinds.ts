/**
 * Kinds of devices under their names in all frameworks, and what this machine lacks for each. A framework that finds a device
 * knows better; this file explains why one is not found.
 */
import { existsSync } from 'node:fs';
import type { Host } from '../../log/records/host-record.ts';

/** Facts that show whether a device is present; tests use their own. */
export interface DeviceFacts {
  platform: string;
  architecture: string;
  cpuModel: string;
  /** Names of graphics cards, without those that a virtual machine emulates. */
  gpus: readonly string[];
  exists: (path: string) => boolean;
}

export function deviceFacts(host: Host): DeviceFacts {
  const { platform, architecture, cpuModel, gpus } = host;
  return { platform, architecture, cpuModel, gpus: gpus.map(({ name }) => name), exists: existsSync };
}

export interface DeviceKind {
  readonly name: string;
  readonly title: string;
  /** Names in frameworks. */
  readonly names: readonly string[];
  /** What is missing for it; null when this machine has it, as far as that shows without starting a framework. */
  readonly missing: (facts: DeviceFacts) => string | null;
  /** Whether the processor may emulate it, so that it can be requested by name without the hardware. */
  readonly emulated?: true;
}

const nvidia = /nvidia|geforce|quadro|tesla|\brtx\b/i;
const amd = /\bamd\b|radeon|instinct|advanced micro/i;
const intel = /intel/i;
const qualcomm = /snapdragon|qualcomm|adreno|oryon/i;

const hasGpu = ({ gpus }: DeviceFacts, maker: RegExp) => gpus.some((name) => maker.test(name));
/** Devices and driver files in Linux, which are present even when no name of a card is reported. */
const hasFile = ({ exists }: DeviceFacts, ...paths: string[]) => paths.some(exists);
const anyGpu = (facts: DeviceFacts) =>
  facts.gpus.length > 0 ||
  facts.platform === 'darwin' ||
  hasFile(facts, '/dev/dri/renderD128', '/dev/nvidia0', '/dev/dxg');
const noGpu = 'this machine has no graphics hardware';

export const deviceKinds: readonly DeviceKind[] = [
  { name: 'cpu', title: 'CPU', names: ['cpu'], missing: () => null },
  {
    name: 'cuda',
    title: 'CUDA',
    names: ['cuda', 'tensorrt'],
    missing: (facts) => {
      const driver = hasFile(facts, '/dev/nvidia0', '/dev/dxg');
      if (driver) return null;
      if (!hasGpu(facts, nvidia)) return 'this machine has no NVIDIA graphics card';
      return facts.platform === 'linux' ? 'the NVIDIA card has no driver (/dev/nvidia0 is not there)' : null;
    },
  },
  {
    name: 'rocm',
    title: 'ROCm',
    names: ['rocm'],
    missing: (facts) => {
      if (hasFile(facts, '/dev/kfd')) return null;
      if (!hasGpu(facts, amd)) return 'this machine has no AMD graphics card';
      return facts.platform === 'linux' ? 'the AMD card has no compute driver (/dev/kfd is not there)' : null;
    },
  },
  {
    name: 'metal',
    title: 'Metal',
    names: ['metal', 'mps', 'coreml'],
    missing: ({ platform }) => (platform === 'darwin' ? null : 'only macOS has Metal'),
  },
  {
    name: 'vulkan',
    title: 'Vulkan',
    names: ['vulkan'],
    emulated: true,
    missing: (facts) => {
      if (!anyGpu(facts)) return noGpu;
      const driver = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];
      return facts.platform !== 'linux' || hasFile(facts, ...driver) ? null : 'there is no Vulkan driver (icd.d)';
    },
  },
  {
    name: 'opencl',
    title: 'OpenCL',
    names: ['opencl'],
    emulated: true,
    missing: (facts) => {
      if (facts.platform !== 'linux') return anyGpu(facts) ? null : noGpu;
      return hasFile(facts, '/etc/OpenCL/vendors') ? null : 'there is no OpenCL driver (/etc/OpenCL/vendors)';
    },
  },
  {
    name: 'webgpu',
    title: 'WebGPU',
    names: ['webgpu'],
    emulated: true,
    missing: (facts) => (anyGpu(facts) ? null : noGpu),
  },
  {
    name: 'directml',
    title: 'DirectML',
    names: ['directml'],
    missing: (facts) => (facts.platform !== 'win32' ? 'only Windows has DirectML' : anyGpu(facts) ? null : noGpu),
  },
  {
    name: 'openvino',
    title: 'OpenVINO',
    names: ['openvino'],
    missing: (facts) =>
      intel.test(facts.cpuModel) || hasGpu(facts, intel) ? null : 'this machine has no Intel processor or graphics',
  },
  {
    name: 'gpu',
    title: 'Intel GPU',
    names: ['gpu'],
    missing: (facts) => {
      if (!hasGpu(facts, intel)) return 'this machine has no Intel graphics';
      return facts.platform !== 'linux' || hasFile(facts, '/dev/dri/renderD128')
        ? null
        : 'the Intel graphics has no driver (/dev/dri/renderD128 is not there)';
    },
  },
  {
    name: 'npu',
    title: 'Intel NPU',
    names: ['npu'],
    missing: (facts) => {
      if (!intel.test(facts.cpuModel)) return 'this machine has no Intel processor, and so no Intel NPU';
      return facts.platform !== 'linux' || hasFile(facts, '/dev/accel/accel0')
        ? null
        : 'there is no NPU with a driver (/dev/accel/accel0 is not there)';
    },
  },
  {
    name: 'qnn',
    title: 'QNN',
    names: ['qnn'],
    missing: (facts) =>
      facts.architecture === 'arm64' && (qualcomm.test(facts.cpuModel) || hasGpu(facts, qualcomm))
        ? null
        : 'this machine has no Qualcomm processor',
  },
  { name: 'server', title: 'Server', names: ['server'], missing: () => null },
];

/** @param device name in a framework */
export function deviceKindOf(device: string): DeviceKind | undefined {
  return deviceKinds.find(({ names }) => names.includes(device));
}

/**
 * Whether this is a virtual machine or a container, and which one. Detected as systemd-detect-virt does, and on machines without
 * firmware tables, such as those of Firecracker, by the processor's flag, the clock and the command line of the kernel.
 * Source: systemd, src/basic/virt.c.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from './system-files.ts';

export interface Virtualization {
  /** Name of the hypervisor, `unknown` if it does not report one; null without a sign of a hypervisor. */
  hypervisor: string | null;
  /** Kind of the container; null outside of any. */
  container: string | null;
}

/** @param root folder that contains proc and sys: `/` outside tests */
export function readVirtualization(root = '/', environment: NodeJS.ProcessEnv = process.env): Virtualization {
  return { hypervisor: hypervisorOf(root), container: containerOf(root, environment) };
}

/** Texts of the firmware tables by hypervisor. */
const vendors: ReadonlyArray<[text: RegExp, hypervisor: string]> = [
  [/openstack|kubevirt|kvm/i, 'kvm'],
  [/firecracker/i, 'firecracker'],
  [/amazon ec2/i, 'amazon'],
  [/google compute engine/i, 'google'],
  [/qemu/i, 'qemu'],
  [/vmware|vmw/i, 'vmware'],
  [/innotek gmbh|virtualbox|oracle corporation vm/i, 'virtualbox'],
  [/xen/i, 'xen'],
  [/bochs/i, 'bochs'],
  [/parallels/i, 'parallels'],
  [/bhyve/i, 'bhyve'],
  [/hyper-v|virtual machine/i, 'hyper-v'],
  [/apple virtualization/i, 'apple'],
];

const dmiFields = ['product_name', 'sys_vendor', 'board_vendor', 'bios_vendor', 'product_version'];

function hypervisorOf(root: string): string | null {
  const text = (path: string) => readText(join(root, path)) ?? '';
  // The first domain of Xen has the machine to itself.
  if (/control_d/.test(text('proc/xen/capabilities'))) return null;
  if (/microsoft/i.test(text('proc/sys/kernel/osrelease'))) return 'wsl';
  const dmi = dmiFields.map((field) => text(`sys/class/dmi/id/${field}`));
  // Bare-metal machines of a cloud have its name too.
  if (dmi.some((field) => /\.metal/.test(field))) return null;
  const byFirmware = vendorOf(dmi.join('\n'));
  if (byFirmware !== null) return byFirmware;
  const tree = text('proc/device-tree/hypervisor/compatible');
  if (tree !== '') return vendorOf(tree) ?? 'unknown';
  const kind = text('sys/hypervisor/type').trim();
  if (kind !== '') return kind;
  if (/^VM\d\d Control Program/m.test(text('proc/sysinfo'))) {
    return /KVM/.test(text('proc/sysinfo')) ? 'kvm' : 'z/vm';
  }
  const clocks = text('sys/devices/system/clocksource/clocksource0/available_clocksource');
  const processor = text('proc/cpuinfo');
  if (/User Mode Linux/.test(processor)) return 'uml';
  const flagged = /^flags\s*:.*\bhypervisor\b/m.test(processor);
  if (!flagged && !/kvm-clock|hyperv|xen/.test(clocks)) return null;
  if (dmi.every((field) => field === '') && isFirecracker(text)) return 'firecracker';
  return /kvm-clock/.test(clocks) ? 'kvm' : /hyperv/.test(clocks) ? 'hyper-v' : /xen/.test(clocks) ? 'xen' : 'unknown';
}

function vendorOf(text: string): string | null {
  return vendors.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}

/** Firecracker has no firmware tables except ACPI, which only root can read, and starts its kernels with these words. */
function isFirecracker(text: (path: string) => string): boolean {
  const commandLine = text('proc/cmdline');
  return (
    /FIRECK/.test(text('sys/firmware/acpi/tables/DSDT')) ||
    /firecracker|virtio_mmio\.device=/i.test(commandLine) ||
    (/\breboot=k\b/.test(commandLine) && /\bpanic=1\b/.test(commandLine))
  );
}

const containersOfGroups: ReadonlyArray<[path: RegExp, container: string]> = [
  [/kubepods/, 'kubernetes'],
  [/docker|moby/, 'docker'],
  [/libpod/, 'podman'],
  [/lxc/, 'lxc'],
  [/containerd|crio/, 'containerd'],
  [/machine-[^/]+\.scope/, 'nspawn'],
];

function containerOf(root: string, environment: NodeJS.ProcessEnv): string | null {
  if (environment.KUBERNETES_SERVICE_HOST !== undefined) return 'kubernetes';
  if (existsSync(join(root, 'run/.containerenv'))) return 'podman';
  if (existsSync(join(root, '.dockerenv'))) return 'docker';
  const said = readText(join(root, 'run/systemd/container'))?.trim();
  if (said) return said;
  // OpenVZ has the first file inside and outside a container, the second one outside only.
  if (existsSync(join(root, 'proc/vz')) && !existsSync(join(root, 'proc/bc'))) return 'openvz';
  const groups = readText(join(root, 'proc/1/cgroup')) ?? '';
  return containersOfGroups.find(([path]) => path.test(groups))?.[1] ?? null;
}

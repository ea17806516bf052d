/** Machines made of files: whose they are. */
import { expect, it } from 'vitest';
import { readVirtualization } from '../../../../scripts/machine/facts/virtualization.ts';
import { simulatedMachine } from '../../../fakes/simulated-machine.ts';

const flagged = 'processor\t: 0\nflags\t\t: fpu vme hypervisor lahf_lm\n';
const clocks = 'sys/devices/system/clocksource/clocksource0/available_clocksource';

const machines: Array<{ what: string; files: Record<string, string>; hypervisor: string | null }> = [
  { what: 'metal', files: { 'proc/cpuinfo': 'flags\t\t: fpu vme\n', [clocks]: 'tsc hpet acpi_pm' }, hypervisor: null },
  {
    what: 'a microVM of Firecracker without firmware tables',
    files: {
      'proc/cpuinfo': flagged,
      [clocks]: 'tsc kvm-clock',
      'proc/cmdline': 'console=ttyS0 reboot=k panic=1 pci=off',
    },
    hypervisor: 'firecracker',
  },
  {
    what: 'another KVM without firmware tables',
    files: { 'proc/cpuinfo': flagged, [clocks]: 'kvm-clock tsc', 'proc/cmdline': 'quiet' },
    hypervisor: 'kvm',
  },
  {
    what: 'QEMU',
    files: { 'sys/class/dmi/id/sys_vendor': 'QEMU\n', 'sys/class/dmi/id/product_name': 'Standard PC (Q35)\n' },
    hypervisor: 'qemu',
  },
  {
    what: 'KVM named by the product',
    files: { 'sys/class/dmi/id/sys_vendor': 'Red Hat\n', 'sys/class/dmi/id/product_name': 'KVM\n' },
    hypervisor: 'kvm',
  },
  { what: 'VMware', files: { 'sys/class/dmi/id/sys_vendor': 'VMware, Inc.\n' }, hypervisor: 'vmware' },
  { what: 'VirtualBox', files: { 'sys/class/dmi/id/bios_vendor': 'innotek GmbH\n' }, hypervisor: 'virtualbox' },
  {
    what: 'Hyper-V',
    files: {
      'sys/class/dmi/id/sys_vendor': 'Microsoft Corporation',
      'sys/class/dmi/id/product_name': 'Virtual Machine',
    },
    hypervisor: 'hyper-v',
  },
  {
    what: 'a laptop of the same vendor',
    files: { 'sys/class/dmi/id/sys_vendor': 'Microsoft Corporation', 'sys/class/dmi/id/product_name': 'Surface Pro' },
    hypervisor: null,
  },
  { what: 'an instance of EC2', files: { 'sys/class/dmi/id/sys_vendor': 'Amazon EC2\n' }, hypervisor: 'amazon' },
  {
    what: 'metal of EC2',
    files: { 'sys/class/dmi/id/sys_vendor': 'Amazon EC2\n', 'sys/class/dmi/id/product_name': 'i3.metal\n' },
    hypervisor: null,
  },
  { what: 'Xen', files: { 'sys/hypervisor/type': 'xen\n', 'proc/cpuinfo': flagged }, hypervisor: 'xen' },
  {
    what: 'the first domain of Xen',
    files: { 'sys/hypervisor/type': 'xen\n', 'proc/xen/capabilities': 'control_d\n' },
    hypervisor: null,
  },
  { what: 'KVM on ARM', files: { 'proc/device-tree/hypervisor/compatible': 'linux,kvm\0' }, hypervisor: 'kvm' },
  { what: 'WSL', files: { 'proc/sys/kernel/osrelease': '5.15.90.1-microsoft-standard-WSL2\n' }, hypervisor: 'wsl' },
  { what: 'one that does not say', files: { 'proc/cpuinfo': flagged }, hypervisor: 'unknown' },
];

it.each(machines)('$what is $hypervisor', ({ files, hypervisor }) => {
  const { file, host } = simulatedMachine();
  for (const [path, text] of Object.entries(files)) file(path, text);
  expect(readVirtualization(host.root, {})).toEqual({ hypervisor, container: null });
});

it.each([
  { path: '.dockerenv', text: '', container: 'docker' },
  { path: 'run/.containerenv', text: '', container: 'podman' },
  { path: 'run/systemd/container', text: 'systemd-nspawn\n', container: 'systemd-nspawn' },
  { path: 'proc/1/cgroup', text: '0::/kubepods.slice/pod1\n', container: 'kubernetes' },
  { path: 'proc/1/cgroup', text: '4:memory:/docker/0123\n', container: 'docker' },
  { path: 'proc/1/cgroup', text: '0::/lxc.payload.box/init.scope\n', container: 'lxc' },
  { path: 'proc/1/cgroup', text: '0::/init.scope\n', container: null },
])('$path with "$text" is the container $container', ({ path, text, container }) => {
  const { file, host } = simulatedMachine();
  file(path, text);
  expect(readVirtualization(host.root, {}).container).toBe(container);
});

it('a pod is known by its environment', () => {
  const { host } = simulatedMachine();
  expect(readVirtualization(host.root, { KUBERNETES_SERVICE_HOST: '10.0.0.1' }).container).toBe('kubernetes');
});

/** What a process may use of its machine, on machines made of files, and on this one under taskset. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { availableBytes, beyondUsable, processorsOf, readUsable } from '../../../../scripts/machine/facts/usable.ts';
import { quota } from '../../../../scripts/machine/monitor/linux.ts';
import { findTool, thisHost } from '../../../../scripts/machine/monitor/monitor-source.ts';
import { simulatedMachine } from '../../../fakes/simulated-machine.ts';
import { skipped } from '../../../fakes/skipped.ts';

/** Of util-linux; not everywhere. */
const taskset = findTool(
  thisHost(() => 0),
  'taskset',
);
const v2Mount = '30 23 0:26 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n';
const v1Mounts =
  '32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct\n35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n';
const gigabyte = 1e9;

/** Sixteen logical processors, two a core. */
function machine(allowed = '0-15') {
  const { file, host } = simulatedMachine();
  file('proc/self/status', `Name:\tnode\nCpus_allowed:\tffff\nCpus_allowed_list:\t${allowed}\n`);
  for (let cpu = 0; cpu < 16; cpu++) {
    file(`sys/devices/system/cpu/cpu${cpu}/topology/core_cpus_list`, `${cpu % 8},${(cpu % 8) + 8}\n`);
  }
  const usable = (physicalCores = 8) => readUsable(physicalCores, host.root, 64 * gigabyte);
  return { file, host, usable };
}

describe('the cores that a process may use', () => {
  it('are the physical ones where nothing forbids it, and all of the memory', () => {
    expect(machine().usable()).toEqual({
      cores: 8,
      coresBoundBy: 'physical cores',
      coresReason: 'the machine has 8 cores',
      affinityProcessors: 16,
      quotaProcessors: null,
      memoryBytes: 64 * gigabyte,
      memoryBoundBy: 'host',
    });
  });

  it.each([
    ['0', 1, 1],
    ['0-3', 4, 4],
    // Two threads of two cores.
    ['0-1,8-9', 2, 4],
    ['15', 1, 1],
  ])('within the affinity %s are %i: siblings are one core', (allowed, cores, affinityProcessors) => {
    expect(machine(allowed).usable()).toMatchObject({ cores, coresBoundBy: 'affinity', affinityProcessors });
  });

  it('within a quota of version 2 are its whole processors, the narrowest of all groups above', () => {
    const { file, usable } = machine();
    file('proc/self/cgroup', '0::/pod/container\n');
    file('proc/self/mountinfo', v2Mount);
    file('sys/fs/cgroup/pod/container/cpu.max', 'max 100000\n');
    file('sys/fs/cgroup/pod/cpu.max', '350000 100000\n');
    expect(usable()).toMatchObject({ cores: 3, coresBoundBy: 'quota', quotaProcessors: 3.5 });
    expect(usable().coresReason).toBe("the control group may use 3.5 processors' worth of time (quota)");
    file('sys/fs/cgroup/pod/container/cpu.max', '50000 100000\n');
    // Less than one processor still takes a thread.
    expect(usable()).toMatchObject({ cores: 1, coresBoundBy: 'quota', quotaProcessors: 0.5 });
    file('sys/fs/cgroup/pod/container/cpu.max', '900000 100000\n');
    file('sys/fs/cgroup/pod/cpu.max', 'max 100000\n');
    expect(usable()).toMatchObject({ cores: 8, coresBoundBy: 'physical cores', quotaProcessors: 9 });
  });

  it('within a quota of version 1, in a container whose group is mounted as the top', () => {
    const { file, usable } = machine();
    file('proc/self/cgroup', '9:name=systemd:/\n4:memory:/docker/abc\n1:cpu,cpuacct:/docker/abc\n0::/\n');
    file('proc/self/mountinfo', v1Mounts.replace('0:29 / ', '0:29 /docker/abc '));
    file('sys/fs/cgroup/cpu/cpu.cfs_quota_us', '200000\n');
    file('sys/fs/cgroup/cpu/cpu.cfs_period_us', '100000\n');
    expect(usable()).toMatchObject({ cores: 2, coresBoundBy: 'quota', quotaProcessors: 2 });
    file('sys/fs/cgroup/cpu/cpu.cfs_quota_us', '-1\n');
    expect(usable()).toMatchObject({ cores: 8, quotaProcessors: null });
  });

  it('more threads than these share cores, and are told so', () => {
    const usable = machine('0').usable();
    expect(beyondUsable(1, usable)).toBeNull();
    expect(beyondUsable(2, usable)).toBe(
      '2 threads share 1 core: the process may run on 1 logical processor (affinity); take --threads 1 or fewer',
    );
  });

  it('reads lists of processors as the kernel writes them', () => {
    expect(processorsOf('0-3,8,10-11')).toEqual([0, 1, 2, 3, 8, 10, 11]);
  });

  const left = skipped(taskset === undefined, 'usable cores under taskset: it is not installed');
  it.skipIf(left)('is one on this machine under taskset, and that is what a run would take', () => {
    const status = readFileSync('/proc/self/status', 'utf8');
    const [processor = 0] = processorsOf(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '0');
    const script = `import('${resolve('scripts/machine/facts/host.ts')}').then(async ({ usableHere }) => console.log(JSON.stringify(await usableHere())))`;
    const node = [process.execPath, '--import', 'tsx', '-e', script];
    const told = execFileSync(taskset ?? '', ['-c', String(processor), ...node], { encoding: 'utf8' });
    expect(JSON.parse(told)).toMatchObject({ cores: 1, affinityProcessors: 1 });
  });
});

describe('the memory that a process may use', () => {
  it('of version 2 is the narrowest limit above it, and what is left of each', () => {
    const { file, host, usable } = machine();
    file('proc/meminfo', 'MemTotal: 64000000 kB\nMemAvailable: 40000000 kB\n');
    file('proc/self/cgroup', '0::/pod/container\n');
    file('proc/self/mountinfo', v2Mount);
    file('sys/fs/cgroup/pod/container/memory.max', 'max\n');
    expect(availableBytes(host.root)).toBe(40_000_000 * 1024);
    file('sys/fs/cgroup/pod/memory.max', '8000000000\n');
    file('sys/fs/cgroup/pod/memory.current', '5000000000\n');
    file('sys/fs/cgroup/pod/memory.stat', 'anon 3000000000\ninactive_file 1500000000\n');
    expect(usable()).toMatchObject({ memoryBytes: 8e9, memoryBoundBy: 'control group' });
    expect(availableBytes(host.root)).toBe(4.5e9);
  });

  it('of version 1 heeds groups above that are not mounted here', () => {
    const { file, host, usable } = machine();
    file('proc/meminfo', 'MemAvailable: 40000000 kB\n');
    file('proc/self/cgroup', '4:memory:/a\n');
    file('proc/self/mountinfo', v1Mounts);
    file('sys/fs/cgroup/memory/a/memory.limit_in_bytes', '9223372036854771712\n');
    file('sys/fs/cgroup/memory/a/memory.usage_in_bytes', '1000000000\n');
    file('sys/fs/cgroup/memory/a/memory.stat', 'hierarchical_memory_limit 9223372036854771712\n');
    expect(usable()).toMatchObject({ memoryBytes: 64e9, memoryBoundBy: 'host' });
    file('sys/fs/cgroup/memory/a/memory.stat', 'hierarchical_memory_limit 2000000000\ntotal_inactive_file 300000000\n');
    expect(usable()).toMatchObject({ memoryBytes: 2e9, memoryBoundBy: 'control group' });
    expect(availableBytes(host.root)).toBe(1.3e9);
  });
});

describe('the quota as a condition of a run', () => {
  const opened = async (root: string) => quota.open({ ...simulatedMachine().host, root });

  it('counts periods, and those in which it ran out, of either version', async () => {
    const { file, host } = machine();
    file('proc/self/cgroup', '0::/a/b\n');
    file('proc/self/mountinfo', v2Mount);
    file('sys/fs/cgroup/a/cpu.max', '100000 100000\n');
    file('sys/fs/cgroup/a/cpu.stat', 'usage_usec 900\nnr_periods 400\nnr_throttled 31\nthrottled_usec 77\n');
    const found = await opened(host.root);
    expect('sampler' in found && found.sampler.read()).toEqual({
      quotaPeriodsTotal: 400,
      quotaThrottledPeriodsTotal: 31,
    });
  });

  it('is absent without a quota', async () => {
    expect(await opened(machine().host.root)).toEqual({
      absent: 'no control group here has a quota of processor time',
    });
  });
});

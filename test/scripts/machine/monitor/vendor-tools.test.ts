/** Conditions that the tools of vendors tell; the tools are scripts that print what the real ones do. */

import { describe, expect, it, onTestFinished } from 'vitest';
import type { MonitorHost, MonitorSource, Sampler } from '../../../../scripts/machine/monitor/monitor-source.ts';
import { nvidia } from '../../../../scripts/machine/monitor/nvidia.ts';
import { processTable } from '../../../../scripts/machine/monitor/processes.ts';
import { powermetrics, rocm, termux } from '../../../../scripts/machine/monitor/vendor-tools.ts';
import { simulatedMachine } from '../../../fakes/simulated-machine.ts';
import { onWindows, skipped } from '../../../fakes/skipped.ts';

async function opened(source: MonitorSource, host: MonitorHost): Promise<Sampler> {
  const found = await source.open(host);
  if ('absent' in found) throw new Error(found.absent);
  onTestFinished(() => found.sampler.close?.());
  return found.sampler;
}

const unscriptable = skipped(onWindows, 'tools of vendors: the fakes are shell scripts');

describe.skipIf(unscriptable)('nvidia-smi (as shell scripts, so not on Windows)', () => {
  const stream = `echo '0, 87, 1024, 1410, 66, 250.50, 0x0000000000000044'
echo '1, [N/A], 10, 300, 40, [N/A], 0x0000000000000001'
exec sleep 60`;

  it('tells utilisation, memory, clocks, heat, power and what slows the clocks', async () => {
    const machine = simulatedMachine();
    machine.tool('nvidia-smi', `case "$*" in *compute-apps*) exit 0;; esac\n${stream}`);
    const sampler = await opened(nvidia, machine.host);
    await expect
      .poll(() => sampler.read().gpus)
      .toEqual([
        {
          name: 'GPU 0',
          busyPercent: 87,
          memoryUsedBytes: 1024 * 1024 * 1024,
          clockMhz: 1410,
          temperatureC: 66,
          powerWatts: 250.5,
          slowedBy: ['power_cap', 'hardware_thermal'],
        },
        { name: 'GPU 1', memoryUsedBytes: 10 * 1024 * 1024, clockMhz: 300, temperatureC: 40, slowedBy: [] },
      ]);
    expect(sampler.read().otherGpuProcesses).toBe(0);
  });

  it('is asked under the older name of a field where it does not know the new one', async () => {
    const machine = simulatedMachine();
    machine.tool(
      'nvidia-smi',
      `case "$*" in *compute-apps*) exit 0;; *event_reasons*) echo not a valid field >&2; exit 2;; esac\n${stream}`,
    );
    expect((await opened(nvidia, machine.host)).read().gpus?.[0]?.name).toBe('GPU 0');
  });

  it('integrates the power between its lines', async () => {
    const machine = simulatedMachine();
    let seconds = 0;
    // Every look at the clock is a second later.
    const host = { ...machine.host, now: () => seconds++ * 1e9 };
    const line = (watts: number) => `echo '0, 1, 1, 1, 1, ${watts}, 0x0'`;
    machine.tool(
      'nvidia-smi',
      `case "$*" in *compute-apps*) exit 0;; esac\n${line(100)}\n${line(300)}\n${line(300)}\nexec sleep 60`,
    );
    const sampler = await opened(nvidia, host);
    await expect
      .poll(() => sampler.read().energy)
      .toEqual({ 'NVML power.draw of GPU 0, integrated': { atNs: 2e9, joules: 500 } });
  });

  it('counts who else computes on the GPU: who was there before, but not our own engine', async () => {
    const machine = simulatedMachine();
    machine.file('proc/100/task/100/children', '4711 ');
    machine.file('proc/4711/stat', '4711 (engine) S');
    machine.tool('nvidia-smi', `case "$*" in *compute-apps*) echo 900; echo 901; exit 0;; esac\n${stream}`);
    expect((await opened(nvidia, machine.host)).read().otherGpuProcesses).toBe(2);
  });

  it('is absent where it finds no driver', async () => {
    const machine = simulatedMachine();
    machine.tool('nvidia-smi', 'echo "NVIDIA-SMI has failed because it could not communicate with the driver"; exit 9');
    expect(await nvidia.open(machine.host)).toMatchObject({ absent: expect.stringContaining('no driver') });
  });
});

describe.skipIf(unscriptable)('another tool (as shell scripts, so not on Windows)', () => {
  it('rocm-smi: fields under the names of several versions', async () => {
    const machine = simulatedMachine();
    const cards = {
      card0: {
        'Temperature (Sensor edge) (C)': '31.0',
        'Temperature (Sensor junction) (C)': '55.0',
        'sclk clock speed:': '(800Mhz)',
        'Current Socket Graphics Package Power (W)': '7.222',
        'GPU use (%)': '19',
        'VRAM Total Used Memory (B)': '794341376',
      },
      card1: { 'Average Graphics Package Power (W)': 'N/A', 'GPU use (%)': '0' },
      system: { 'Driver version': '6.2' },
    };
    machine.tool(
      'rocm-smi',
      `echo 'WARNING: one device is in low power state'\ncat <<'END'\n${JSON.stringify(cards)}\nEND`,
    );
    expect((await opened(rocm, machine.host)).read().gpus).toEqual([
      {
        name: 'GPU 0',
        busyPercent: 19,
        memoryUsedBytes: 794341376,
        clockMhz: 800,
        temperatureC: 55,
        powerWatts: 7.222,
      },
      { name: 'GPU 1', busyPercent: 0 },
    ]);
  });

  it('powermetrics: clocks, thermal pressure and energy, for root alone', async () => {
    const machine = simulatedMachine({ platform: 'darwin' });
    machine.tool(
      'powermetrics',
      `cat <<'END'
*** Sampled system activity (Fri Sep 11 13:41:47 2026 -0700) (1010.09ms elapsed) ***

E-Cluster HW active frequency: 1049 MHz
P0-Cluster HW active frequency: 3504 MHz
CPU 4 frequency: 2039 MHz
CPU Power: 823 mW
Combined Power (CPU + GPU + ANE): 4000 mW
Current pressure level: Serious
END
exec sleep 60`,
    );
    expect(await powermetrics.open(machine.host)).toMatchObject({ absent: expect.stringContaining('sudo') });
    const sampler = await opened(powermetrics, { ...machine.host, isRoot: true });
    await expect
      .poll(() => sampler.read())
      .toEqual({
        clockMhz: 3504,
        thermalPressure: 'Serious',
        energy: { 'powermetrics combined power (CPU + GPU + ANE), integrated': { atNs: 0, joules: 0 } },
      });
  });

  it('ps on macOS: our own part of the processor time, with all descendants', async () => {
    const machine = simulatedMachine({ platform: 'darwin' });
    machine.tool(
      'ps',
      "printf '  100   1   0:01.50\\n  101 100   1:00.00\\n  102 101 1-00:00:01\\n  300   1  99:00.00\\n'",
    );
    const sampler = await opened(processTable, machine.host);
    const reading = sampler.read();
    expect(reading.ownMsTotal).toBe(1500 + 60_000 + 86_401_000);
    expect(reading.busyMsTotal).toBeGreaterThan(0);
    // Until `ps` is asked again there is nothing new to say.
    expect(sampler.read()).toEqual({});
  });

  it('termux-battery-status: heat and energy of a phone that is not plugged in', async () => {
    const machine = simulatedMachine({ platform: 'android' });
    const status = { plugged: 'UNPLUGGED', temperature: '38.3', voltage: 4000, current: -500000, percentage: 85 };
    machine.tool('termux-battery-status', `echo '${JSON.stringify(status)}'`);
    expect((await opened(termux, machine.host)).read()).toEqual({
      temperatureC: 38.3,
      onBattery: true,
      batteryPercent: 85,
      energy: { 'Android battery (current x voltage), integrated': { atNs: 0, joules: 0 } },
    });
  });

  it('that does not answer is absent', async () => {
    const machine = simulatedMachine();
    for (const name of ['rocm-smi', 'termux-battery-status']) machine.tool(name, 'exit 1');
    expect(await rocm.open(machine.host)).toHaveProperty('absent');
    expect(await termux.open(machine.host)).toHaveProperty('absent');
  });
});

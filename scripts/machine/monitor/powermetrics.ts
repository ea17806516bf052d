/** macOS: power, clocks and thermal pressure from `powermetrics`, which only root may run; see `man powermetrics`. */
import type { Reading } from '../../log/records/certificate-records.ts';
import { PowerIntegral } from './energy-meters.ts';
import { type MonitorSource, usualEveryMs } from './monitor-source.ts';
import { findTool, streamLines } from './tool.ts';

const query = ['--samplers', 'cpu_power,gpu_power,thermal', '-i', String(usualEveryMs)];
const meter = 'powermetrics combined power (CPU + GPU + ANE), integrated';

export const powermetrics: MonitorSource = {
  name: 'powermetrics',
  async open(host) {
    if (host.platform !== 'darwin') return { absent: 'only on macOS' };
    const tool = findTool(host, 'powermetrics');
    if (tool === undefined) return { absent: 'no powermetrics' };
    if (!host.isRoot) return { absent: 'powermetrics needs root: run with sudo for power and thermal pressure' };
    const energy = new PowerIntegral();
    const latest: Reading = {};
    let clockMhz = 0;
    const stream = streamLines(tool, query, (line) => {
      if (line.startsWith('*** Sampled')) clockMhz = 0;
      const cluster = /^[A-Z]+\d*-Cluster HW active frequency: (\d+) MHz/.exec(line)?.[1];
      if (cluster !== undefined) {
        clockMhz = Math.max(clockMhz, Number(cluster));
        latest.clockMhz = clockMhz;
      }
      const milliwatts = /^Combined Power \(CPU \+ GPU \+ ANE\): ([\d.]+) ?mW/.exec(line)?.[1];
      if (milliwatts !== undefined) energy.add(Number(milliwatts) / 1000, host.now());
      const pressure = /^Current pressure level: (\w+)/.exec(line)?.[1];
      if (pressure !== undefined) latest.thermalPressure = pressure;
    });
    if (!(await stream.first)) {
      stream.close();
      return { absent: 'powermetrics prints nothing' };
    }
    return {
      sampler: {
        everyMs: usualEveryMs,
        read: () => ({ ...latest, ...energy.readingOf(meter) }),
        close: stream.close,
      },
    };
  },
};

/**
 * GPUs of NVIDIA through `nvidia-smi`, which uses NVML: one process that prints a line for each GPU every half second. Field
 * names as in `nvidia-smi --help-query-gpu`; bits as NVML's nvmlClocksEventReasons.
 */
import { join } from 'node:path';
import { type GpuReading, mergeReadings } from '../../log/records/certificate-records.ts';
import { readText } from '../facts/system-files.ts';
import { PowerIntegral } from './energy-meters.ts';
import {
  findTool,
  type MonitorHost,
  type MonitorSource,
  outputOf,
  poll,
  type Sampler,
  streamLines,
  usualEveryMs,
} from './monitor-source.ts';
import { processTree } from './processes.ts';

const bytesPerMebibyte = 1024 * 1024;
const processesEveryMs = 10_000;

const fields = 'index,utilization.gpu,memory.used,clocks.current.sm,temperature.gpu,power.draw';
/** The name since driver 535, and the one before. */
const reasonFields = ['clocks_event_reasons.active', 'clocks_throttle_reasons.active'];

/** Reasons that slow down. Idle, application clocks, sync boost and display settings do not count: someone chose them. */
const reasonBits = {
  power_cap: 0x04,
  hardware_slowdown: 0x08,
  software_thermal: 0x20,
  hardware_thermal: 0x40,
  power_brake: 0x80,
} as const;

export const nvidia: MonitorSource = {
  name: 'nvidia-smi',
  async open(host) {
    const tool = findTool(host, 'nvidia-smi');
    if (tool === undefined) return { absent: 'no nvidia-smi' };
    for (const reasons of reasonFields) {
      const sampler = await watch(tool, reasons, host);
      if (sampler !== undefined) return { sampler };
    }
    return { absent: 'nvidia-smi reports nothing (no driver, or no GPU)' };
  },
};

async function watch(tool: string, reasons: string, host: MonitorHost): Promise<Sampler | undefined> {
  const gpus = new Map<string, GpuReading>();
  const energies = new Map<string, PowerIntegral>();
  const query = [`--query-gpu=${fields},${reasons}`, '--format=csv,noheader,nounits', '-lms', String(usualEveryMs)];
  const stream = streamLines(tool, query, (line) => {
    const gpu = parseGpu(line);
    if (gpu === undefined) return;
    gpus.set(gpu.name, gpu);
    if (gpu.powerWatts === undefined) return;
    const meter = `NVML power.draw of ${gpu.name}, integrated`;
    const integral = energies.get(meter) ?? new PowerIntegral();
    energies.set(meter, integral);
    integral.add(gpu.powerWatts, host.now());
  });
  if (!(await stream.first) || gpus.size === 0) {
    stream.close();
    return undefined;
  }
  const processes = await watchProcesses(tool, host);
  return {
    everyMs: usualEveryMs,
    read: () =>
      mergeReadings([
        { gpus: [...gpus.values()], otherGpuProcesses: processes.others() },
        ...[...energies].map(([meter, integral]) => integral.readingOf(meter)),
      ]),
    close() {
      stream.close();
      processes.close();
    },
  };
}

/** `0, 35, 1024, 1410, 45, 65.32, 0x0000000000000001`; values that a GPU does not report are `[N/A]`. */
function parseGpu(line: string): GpuReading | undefined {
  const cells = line.split(',').map((cell) => cell.trim());
  const [index, busy, memory, clock, temperature, power, reasons] = cells;
  if (index === undefined || reasons === undefined || !/^\d+$/.test(index)) return undefined;
  const known = <K extends string>(name: K, text: string | undefined, factor = 1) => {
    const value = Number(text);
    return Number.isNaN(value) ? {} : { [name]: value * factor };
  };
  const bits = Number(reasons);
  return {
    name: `GPU ${index}`,
    ...known('busyPercent', busy),
    ...known('memoryUsedBytes', memory, bytesPerMebibyte),
    ...known('clockMhz', clock),
    ...known('temperatureC', temperature),
    ...known('powerWatts', power),
    ...(Number.isNaN(bits)
      ? {}
      : { slowedBy: Object.entries(reasonBits).flatMap(([name, bit]) => ((bits & bit) === 0 ? [] : [name])) }),
  };
}

/**
 * Counts the processes of others on a GPU. In a container process ids may be those of the host: there only processes that used
 * the GPU before the engine started certainly belong to others.
 */
async function watchProcesses(tool: string, { root, pid }: MonitorHost) {
  const query = ['--query-compute-apps=pid', '--format=csv,noheader'];
  const pids = (text: string) => text.split('\n').map(Number).filter(Boolean);
  const proc = join(root, 'proc');
  const before = new Set(pids((await outputOf(tool, query)) ?? ''));
  let current = [...before];
  const polling = poll(tool, query, processesEveryMs, (text) => {
    current = pids(text);
  });
  return {
    others() {
      const own = new Set(processTree(pid, proc));
      const isVisible = (id: number) => readText(join(proc, `${id}/stat`)) !== undefined;
      return current.filter((id) => before.has(id) || (isVisible(id) && !own.has(id))).length;
    },
    close: polling.close,
  };
}

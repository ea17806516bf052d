/** The system monitor: reads all sources during a run, each at its interval, and passes every sample on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { mergeReadings, type Reading } from '../../log/records/certificate-records.ts';
import { battery, rapl } from './energy-meters.ts';
import { clocks, paging, pressure, quota, temperatures, throttling } from './linux.ts';
import type { MonitorHost, MonitorSource, Sampler } from './monitor-source.ts';
import { nvidia } from './nvidia.ts';
import { processorTime, processTable } from './processes.ts';
import { powermetrics, rocm, termux } from './vendor-tools.ts';

/** All sources of the system monitor; a new one is a line here. */
export const monitorSources: readonly MonitorSource[] = [
  processorTime,
  processTable,
  pressure,
  paging,
  clocks,
  temperatures,
  throttling,
  quota,
  nvidia,
  rocm,
  powermetrics,
  termux,
  battery,
  rapl,
];

interface OpenSources {
  readonly present: ReadonlyArray<{ name: string; sampler: Sampler }>;
  readonly absent: ReadonlyArray<{ name: string; reason: string }>;
}

export async function openSources(
  host: MonitorHost,
  sources: readonly MonitorSource[] = monitorSources,
): Promise<OpenSources> {
  const opened = await Promise.all(sources.map(async ({ name, open }) => ({ name, opened: await open(host) })));
  return {
    present: opened.flatMap(({ name, opened: one }) => ('sampler' in one ? { name, sampler: one.sampler } : [])),
    absent: opened.flatMap(({ name, opened: one }) => ('absent' in one ? { name, reason: one.absent } : [])),
  };
}

export class SystemMonitor {
  readonly #host: MonitorHost;
  readonly #sources: OpenSources;
  readonly #write: (atNs: number, reading: Reading) => void;
  readonly #timers: NodeJS.Timeout[] = [];
  #samples = 0;
  #readingMicroseconds = 0;

  private constructor(host: MonitorHost, sources: OpenSources, write: (atNs: number, reading: Reading) => void) {
    this.#host = host;
    this.#sources = sources;
    this.#write = write;
  }

  /** @param write receives the samples; called between two awaits of the harness, never in the engine */
  static async open(
    host: MonitorHost,
    write: (atNs: number, reading: Reading) => void,
    sources = monitorSources,
  ): Promise<SystemMonitor> {
    const watch = new SystemMonitor(host, await openSources(host, sources), write);
    watch.#start();
    return watch;
  }

  get present(): string[] {
    return this.#sources.present.map(({ name }) => name);
  }

  get absent(): OpenSources['absent'] {
    return this.#sources.absent;
  }

  get samples(): number {
    return this.#samples;
  }

  /** Processor time of the harness per sample, including writing it. */
  get microsecondsPerSample(): number {
    return this.#samples === 0 ? 0 : this.#readingMicroseconds / this.#samples;
  }

  /** Takes one sample of all sources now. @returns whether there is an energy meter */
  sample(): boolean {
    const reading = this.#take(this.#sources.present.map(({ sampler }) => sampler));
    return reading.energy !== undefined;
  }

  /** Observes the machine at rest, if an energy meter makes that worth the time. */
  async rest(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.sample()) await sleep(milliseconds, undefined, { signal }).catch(() => {});
  }

  close(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    for (const { sampler } of this.#sources.present) sampler.close?.();
  }

  #start(): void {
    const samplers = this.#sources.present.map(({ sampler }) => sampler);
    for (const everyMs of new Set(samplers.map((sampler) => sampler.everyMs))) {
      const together = samplers.filter((sampler) => sampler.everyMs === everyMs);
      const timer = setInterval(() => this.#take(together), everyMs);
      timer.unref();
      this.#timers.push(timer);
    }
  }

  #take(samplers: readonly Sampler[]): Reading {
    const before = process.cpuUsage();
    const reading = mergeReadings(samplers.map((sampler) => sampler.read()));
    this.#write(this.#host.now(), reading);
    const { user, system } = process.cpuUsage(before);
    this.#readingMicroseconds += user + system;
    this.#samples++;
    return reading;
  }
}

/** Reads all sources while a run lasts, each as often as it is worth, and hands every sample on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { mergeReadings, type Reading } from '../../log/records/reading.ts';
import type { ConditionsHost, Sampler } from './condition-source.ts';
import { conditionSources, type OpenSources, openSources } from './sources.ts';

export class ConditionsWatch {
  readonly #host: ConditionsHost;
  readonly #sources: OpenSources;
  readonly #write: (atNs: number, reading: Reading) => void;
  readonly #timers: NodeJS.Timeout[] = [];
  #samples = 0;
  #readingMicroseconds = 0;

  private constructor(host: ConditionsHost, sources: OpenSources, write: (atNs: number, reading: Reading) => void) {
    this.#host = host;
    this.#sources = sources;
    this.#write = write;
  }

  /** @param write where samples go; called between two awaits of the harness, never in the engine */
  static async open(
    host: ConditionsHost,
    write: (atNs: number, reading: Reading) => void,
    sources = conditionSources,
  ): Promise<ConditionsWatch> {
    const watch = new ConditionsWatch(host, await openSources(host, sources), write);
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

  /** What a sample takes of the harness's processor time, with writing it down. */
  get microsecondsPerSample(): number {
    return this.#samples === 0 ? 0 : this.#readingMicroseconds / this.#samples;
  }

  /** One sample of everything, now. @returns whether there is a meter of energy */
  sample(): boolean {
    const reading = this.#take(this.#sources.present.map(({ sampler }) => sampler));
    return reading.energy !== undefined;
  }

  /** Watches the machine at rest, where a meter of energy makes that worth the time. */
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

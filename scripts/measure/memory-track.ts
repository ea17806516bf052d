/** The memory of one run: baseline, after load, samples while it works, and the peak of them all. */
import type { Clock } from '../engine/clock.ts';
import type { EngineMemory } from '../frameworks/framework.ts';
import type { MemoryMeter } from './memory-meter.ts';
import type { MemoryRecord } from './run-log-format.ts';

const sampleEveryMs = 500;

export class MemoryTrack {
  readonly #meter: MemoryMeter;
  readonly #now: Clock;
  readonly #pid: number;
  readonly #write: (record: MemoryRecord) => void;
  #peak: MemoryRecord | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(meter: MemoryMeter, now: Clock, pid: number, write: (record: MemoryRecord) => void) {
    this.#meter = meter;
    this.#now = now;
    this.#pid = pid;
    this.#write = write;
  }

  async take(moment: MemoryRecord['moment'], engine: EngineMemory = {}): Promise<void> {
    this.#write(await this.#read(moment, engine));
  }

  /** Watches for the peak, from the harness's process; on Linux a sample is two short reads of /proc. */
  watch(): void {
    this.#timer = setInterval(() => void this.#glance(), sampleEveryMs);
    this.#timer.unref();
  }

  /** Stops watching and writes the peak. */
  async finish(engine: EngineMemory = {}): Promise<void> {
    clearInterval(this.#timer);
    await this.#glance();
    if (this.#peak !== undefined) this.#write({ ...this.#peak, ...engine, moment: 'peak' });
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #glance(): Promise<void> {
    const residentBytes = await this.#meter.glance(this.#pid);
    if (residentBytes <= (this.#peak?.residentBytes ?? 0)) return;
    this.#peak = { type: 'memory', moment: 'peak', atNs: this.#now(), residentBytes, meter: this.#meter.name };
  }

  async #read(moment: MemoryRecord['moment'], engine: EngineMemory): Promise<MemoryRecord> {
    const reading = await this.#meter.read(this.#pid);
    const record = {
      type: 'memory' as const,
      moment,
      atNs: this.#now(),
      ...reading,
      ...engine,
      meter: this.#meter.name,
    };
    if (this.#peak === undefined || record.residentBytes > this.#peak.residentBytes) this.#peak = record;
    return record;
  }
}

/**
 * The memory of one run: at named moments, in samples between them, and the peak of each phase: start, load, inference.
 * The shared tokenizer has a process of its own and stands beside the engine's tree, never in it.
 */
import type { Clock } from '../engine/clock.ts';
import type { Engine } from '../engine/engine.ts';
import type { ReportedMemory } from '../frameworks/messages.ts';
import type { MemoryRecord } from '../log/run-log-format.ts';
import type { MemoryMeter, MemoryReading, SharedReading } from './memory-meter.ts';
import { type Peak, PhasePeak } from './phase-peak.ts';

/** Moments that end a phase, by the name of its peak. */
const peakBefore = { framework: 'import_peak', loaded: 'load_peak', end: 'inference_peak' } as const;
type PhaseEnd = keyof typeof peakBefore;

export interface MemoryWatch {
  meter: MemoryMeter;
  now: Clock;
  engine: Pick<Engine, 'pid' | 'tokenizerPid'>;
  write: (...records: MemoryRecord[]) => void;
}

export class MemoryTrack implements Disposable {
  readonly #watch: MemoryWatch;
  /** Peaks of load and inference; what the import took is not the model's. */
  readonly #peaks: Peak[] = [];
  #phase: { peak: PhasePeak; end: PhaseEnd } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #reading = false;
  #ended = false;

  constructor(watch: MemoryWatch) {
    this.#watch = watch;
  }

  /** The baseline; from here on samples are written, from the harness's process. */
  async start(): Promise<void> {
    const reading = await this.#watch.meter.read(this.#watch.engine.pid);
    await this.#write('baseline', reading);
    await this.#begin('framework');
    this.#timer = setInterval(() => void this.#sample(), this.#watch.meter.everyMs);
    this.#timer.unref();
  }

  /** The end of a phase; nothing may be timed meanwhile. @param reported by the engine itself */
  async end(moment: PhaseEnd, reported: ReportedMemory = {}): Promise<void> {
    const { maxResidentBytes, ...engine } = reported;
    const read = await this.#watch.meter.read(this.#watch.engine.pid);
    const reading = withMark(read, this.#watch.engine.pid, maxResidentBytes);
    await this.#write(moment, reading, engine);
    this.#phase?.peak.add(reading, this.#watch.now());
    this.#close();
    if (moment === 'framework') return this.#begin('loaded');
    if (moment === 'loaded') return this.#begin('end', reading);
    this[Symbol.dispose]();
  }

  /** A moment between two answers, by counters alone. */
  async note(moment: 'warm' | 'sample'): Promise<void> {
    const { meter, engine, now } = this.#watch;
    const reading = await meter.glance(engine.pid);
    if (reading.members.length === 0) return;
    await this.#write(moment, reading);
    this.#phase?.peak.add(reading, now());
  }

  /** Ends the watch; of a run that broke off, the peaks are as far as they were seen. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#close();
    this.#ended = true;
    const peaks = this.#peaks.splice(0);
    const highest = peaks.toSorted((a, b) => b.residentBytes - a.residentBytes)[0];
    if (highest !== undefined) this.#writePeak('peak', { ...highest, ...atMostOf(peaks) });
  }

  async #begin(end: PhaseEnd, before?: MemoryReading): Promise<void> {
    const { meter, engine, now } = this.#watch;
    meter.resetHighWater(engine.pid);
    const reading = await meter.glance(engine.pid);
    const marked = before?.members.find(({ pid }) => pid === engine.pid)?.highWaterBytes;
    this.#phase = { peak: new PhasePeak(withMark(reading, engine.pid, marked), now()), end };
  }

  #close(): void {
    if (this.#phase === undefined) return;
    const { peak, end } = this.#phase;
    this.#phase = undefined;
    if (end !== 'framework') this.#peaks.push(peak.found());
    this.#writePeak(peakBefore[end], peak.found());
  }

  async #sample(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      await this.note('sample');
    } catch {
      // A sample that cannot be read is left out: the engine's end is reported elsewhere.
    } finally {
      this.#reading = false;
    }
  }

  async #write(moment: MemoryRecord['moment'], reading: SharedReading, engine: Partial<MemoryRecord> = {}) {
    const { members: _, ...bytes } = reading;
    const record: MemoryRecord = { type: 'memory', moment, atNs: this.#watch.now(), ...bytes, ...engine };
    const tokenizer = await this.#tokenizer();
    // A sample that was under way when the watch ended.
    if (this.#ended) return;
    this.#watch.write({
      ...record,
      ...tokenizer,
      ...(moment === 'sample' ? {} : { meter: this.#watch.meter.name }),
    });
  }

  #writePeak(moment: MemoryRecord['moment'], peak: Peak): void {
    this.#watch.write({ type: 'memory', moment, ...peak, meter: this.#watch.meter.name });
  }

  async #tokenizer(): Promise<Pick<MemoryRecord, 'tokenizerBytes'>> {
    const { tokenizerPid } = this.#watch.engine;
    if (tokenizerPid === null) return {};
    return { tokenizerBytes: (await this.#watch.meter.glance(tokenizerPid)).residentBytes };
  }
}

/** Absent where one of them has no such bound. */
function atMostOf(peaks: readonly Peak[]): Pick<Peak, 'atMostBytes'> {
  const bounds = peaks.flatMap(({ atMostBytes }) => atMostBytes ?? []);
  return bounds.length === peaks.length ? { atMostBytes: Math.max(...bounds) } : {};
}

/** Adds the mark that a process reports of itself to its reading, where the system has none. */
function withMark<R extends MemoryReading>(reading: R, pid: number, highWaterBytes: number | undefined): R {
  if (highWaterBytes === undefined) return reading;
  return {
    ...reading,
    members: reading.members.map((member) => (member.pid === pid ? { highWaterBytes, ...member } : member)),
  };
}

/**
 * The highest memory of a process tree in one phase, from samples and from the high-water marks of its processes. A mark
 * shows what came and went between two samples. It is one process's own: of a tree, the others are taken as they were at
 * the samples before and after.
 */
import type { MemberReading, MemoryReading } from './memory-meter.ts';

export interface Peak {
  /** It was at least so high. */
  residentBytes: number;
  /** And at most so high: several processes need not peak together, and a mark that could not be reset hides what stays
   * below it. Equal to `residentBytes` for a single process with a fresh mark; absent where there are no marks. */
  atMostBytes?: number;
  /** When the first reading showed it. */
  atNs: number;
}

export class PhasePeak {
  #previous: MemoryReading;
  /** The latest mark of each process. */
  readonly #marks = new Map<number, number>();
  #low: { residentBytes: number; atNs: number };
  #high = 0;

  /** @param first read after the marks were reset, or tried to be */
  constructor(first: MemoryReading, atNs: number) {
    this.#previous = first;
    this.#low = { residentBytes: first.residentBytes, atNs };
    for (const { pid, residentBytes, highWaterBytes } of first.members) {
      if (highWaterBytes !== undefined) this.#marks.set(pid, highWaterBytes);
      this.#high += highWaterBytes ?? residentBytes;
    }
  }

  add(reading: MemoryReading, atNs: number): void {
    // A tree that is gone has no reading.
    if (reading.members.length === 0) return;
    const before = new Map(this.#previous.members.map(({ pid, residentBytes }) => [pid, residentBytes]));
    const risen = reading.members.filter((member) => this.#hasRisen(member));
    const atLeast = ({ pid, residentBytes }: MemberReading) => Math.min(before.get(pid) ?? 0, residentBytes);
    const others = reading.members.reduce((sum, member) => sum + atLeast(member), 0);
    const low = Math.max(
      reading.residentBytes,
      ...risen.map((member) => (member.highWaterBytes ?? 0) + others - atLeast(member)),
    );
    const high = reading.members.reduce((sum, member) => {
      const sampled = Math.max(before.get(member.pid) ?? 0, member.residentBytes);
      return sum + Math.max(sampled, risen.includes(member) ? (member.highWaterBytes ?? 0) : 0);
    }, 0);
    if (low > this.#low.residentBytes) this.#low = { residentBytes: low, atNs };
    this.#high = Math.max(this.#high, high);
    for (const { pid, highWaterBytes } of reading.members) {
      if (highWaterBytes !== undefined) this.#marks.set(pid, highWaterBytes);
    }
    this.#previous = reading;
  }

  found(): Peak {
    const marked = this.#previous.members.every(({ highWaterBytes }) => highWaterBytes !== undefined);
    return marked ? { ...this.#low, atMostBytes: Math.max(this.#high, this.#low.residentBytes) } : this.#low;
  }

  #hasRisen({ pid, highWaterBytes }: MemberReading): boolean {
    return highWaterBytes !== undefined && highWaterBytes > (this.#marks.get(pid) ?? 0);
  }
}

/** Resolution of the clock, and how long running threads are interrupted and sleeping ones wake up late. */
import { max, quantile } from 'd3-array';
import type { Measured } from '../../log/hardware/hardware-log-format.ts';
import { haveAgreed } from '../../statistics/agreeing-samples.ts';

/** Takes samples of a rate until they agree, and summarises them. */
interface Sampled {
  /** The best sample, as in STREAM: other load makes a pass slower, never faster. */
  value: number;
  /** A median far below the best shows that the machine was busy with something else. */
  median: number;
  samples: number;
}

const fewestPasses = 5;
const mostPasses = 400;
/** Least share of the time budget to use, since clocks rise in the first milliseconds. */
const leastShare = 0.25;
const nsPerMs = 1e6;

/**
 * Measures an amount of work per second, repeatedly until the best samples agree or the time is up.
 * @param passes runs a number of passes and returns their durations in nanoseconds
 * @param amount amount of work in one pass
 */
export async function sampleRate(
  passes: (count: number) => Promise<readonly number[]>,
  amount: number,
  budgetMs: number,
): Promise<Sampled> {
  // The first pass warms caches, pages and code.
  const [, second = 1] = await passes(2);
  const most = Math.min(mostPasses, Math.max(fewestPasses, Math.round((budgetMs * nsPerMs) / Math.max(1, second))));
  const durations: number[] = [];
  const least = Math.max(fewestPasses, Math.round(most * leastShare));
  while (durations.length < most && !(durations.length >= least && haveAgreed(durations.map((each) => 1 / each)))) {
    durations.push(...(await passes(Math.min(fewestPasses, most - durations.length))));
  }
  return sampled(durations.map((durationNs) => (amount / Math.max(1, durationNs)) * 1e9));
}

export function sampled(rates: readonly number[]): Sampled {
  return { value: Math.max(...rates), median: quantile(rates, 0.5) ?? 0, samples: rates.length };
}

const spinNs = 300 * nsPerMs;
const sleepNs = nsPerMs;
const sleeps = 60;
/** A longer gap is not a reading of the clock but other work. */
const interruptionNs = 5_000;

export interface TimingSources {
  readClock: () => bigint;
  sleep: (durationNs: number) => void;
}

const asleep = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

const thisMachine: TimingSources = {
  readClock: process.hrtime.bigint,
  sleep: (durationNs) => void Atomics.wait(asleep, 0, 0, durationNs / nsPerMs),
};

export function timing({ readClock, sleep }: TimingSources = thisMachine): Measured[] {
  const gaps = gapsWhileSpinning(readClock);
  const delays = Array.from({ length: sleeps }, () => {
    const start = readClock();
    sleep(sleepNs);
    return Math.max(0, Number(readClock() - start) - sleepNs);
  });
  // Millions: as numbers of a list they take longer to sort than to measure.
  const steps = Float64Array.from(gaps.filter((gap) => gap > 0)).sort();
  const interruptions = gaps.filter((gap) => gap > interruptionNs);
  const of = { device: 'cpu', threads: 1, workingSetBytes: null, unit: 'ns' } as const;
  return [
    {
      ...of,
      quantity: 'timer_resolution',
      value: steps[0] ?? 0,
      median: middleOf(steps),
      samples: steps.length,
      method: 'successive readings of the monotonic clock',
    },
    {
      ...of,
      quantity: 'interruption',
      value: max(interruptions) ?? 0,
      median: quantile(interruptions, 0.5) ?? 0,
      samples: interruptions.length,
      method: `gaps of more than ${interruptionNs / 1000} µs in ${spinNs / nsPerMs} ms of reading the clock`,
    },
    {
      ...of,
      quantity: 'wake_up_delay',
      value: max(delays) ?? 0,
      median: quantile(delays, 0.5) ?? 0,
      samples: delays.length,
      method: `time beyond a sleep of ${sleepNs / nsPerMs} ms`,
    },
  ];
}

/** Median of sorted values; 0 where there are none. */
function middleOf(sorted: Float64Array): number {
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

function gapsWhileSpinning(readClock: TimingSources['readClock']): number[] {
  const gaps: number[] = [];
  const start = readClock();
  for (let previous = start; previous - start < spinNs; ) {
    const now = readClock();
    gaps.push(Number(now - previous));
    previous = now;
  }
  return gaps;
}

/** How finely this machine tells time, and for how long it takes the processor away from a thread that wants it. */
import { max, min, quantile } from 'd3-array';
import type { Measured } from '../log/hardware/hardware-log-format.ts';

const nsPerMs = 1e6;
const spinNs = 300 * nsPerMs;
const sleepNs = nsPerMs;
const sleeps = 60;
/** A gap above that is no reading of the clock, but something else that ran. */
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
  const steps = gaps.filter((gap) => gap > 0);
  const interruptions = gaps.filter((gap) => gap > interruptionNs);
  const of = { device: 'cpu', threads: 1, workingSetBytes: null, unit: 'ns' } as const;
  return [
    {
      ...of,
      quantity: 'timer_resolution',
      value: min(steps) ?? 0,
      median: quantile(steps, 0.5) ?? 0,
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

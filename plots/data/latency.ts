/**
 * The distribution of very many durations in little memory: a histogram whose buckets are 0.2 % wide, whatever the
 * magnitude. A quantile read from it is within 0.1 % of the exact one. Source of the idea: Masson, Rim and Lee,
 * "DDSketch", VLDB 2019.
 */
import { percentileIsSupported } from '../../scripts/statistics/statistics.ts';
import type { Member } from './groups.ts';
import { memberRepeats } from './metric.ts';

export interface LatencySketch {
  count: number;
  min: number;
  max: number;
  /** Bucket i counts durations in [growth^i, growth^(i+1)). */
  buckets: Map<number, number>;
}

const growth = 1.002;
const logGrowth = Math.log(growth);

export function emptySketch(): LatencySketch {
  return { count: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, buckets: new Map() };
}

/** @param durationMs anything not above zero is below the clock's resolution and counts as one nanosecond */
export function addToSketch(sketch: LatencySketch, durationMs: number): void {
  const value = Math.max(durationMs, 1e-6);
  const bucket = Math.floor(Math.log(value) / logGrowth);
  sketch.buckets.set(bucket, (sketch.buckets.get(bucket) ?? 0) + 1);
  sketch.count++;
  sketch.min = Math.min(sketch.min, value);
  sketch.max = Math.max(sketch.max, value);
}

export function mergeSketches(sketches: readonly LatencySketch[]): LatencySketch {
  const merged = emptySketch();
  for (const sketch of sketches) {
    for (const [bucket, count] of sketch.buckets) merged.buckets.set(bucket, (merged.buckets.get(bucket) ?? 0) + count);
    merged.count += sketch.count;
    merged.min = Math.min(merged.min, sketch.min);
    merged.max = Math.max(merged.max, sketch.max);
  }
  return merged;
}

/** Quantile as R-7 has it, with each duration at the geometric middle of its bucket; null for no durations. */
export function sketchQuantile(sketch: LatencySketch, p: number): number | null {
  if (sketch.count === 0) return null;
  const position = (sketch.count - 1) * p;
  const below = Math.floor(position);
  const low = valueAt(sketch, below);
  const high = valueAt(sketch, Math.min(below + 1, sketch.count - 1));
  return low + (high - low) * (position - below);
}

function valueAt(sketch: LatencySketch, rank: number): number {
  let seen = 0;
  for (const bucket of [...sketch.buckets.keys()].sort((a, b) => a - b)) {
    seen += sketch.buckets.get(bucket) ?? 0;
    if (seen > rank) return Math.min(sketch.max, Math.max(sketch.min, growth ** (bucket + 0.5)));
  }
  return sketch.max;
}

export interface GapQuantiles {
  /** Gaps of different answers: those of the same greedy answer, given again, are repeats. */
  readonly count: number;
  /** How often each was taken. */
  readonly repeats: number;
  readonly p5: number | null;
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number;
}

/** Null below twenty different gaps, where not even the quartiles have five gaps beyond them. */
export function gapQuantiles(
  member: Pick<Member, 'runs'>,
  latencies: ReadonlyMap<string, LatencySketch>,
): GapQuantiles | null {
  const sketch = mergeSketches(
    member.runs.flatMap((run) => {
      const ofRun = latencies.get(run.uuid ?? '');
      return ofRun === undefined ? [] : [ofRun];
    }),
  );
  const at = (p: number) => sketchQuantile(sketch, p);
  const repeats = memberRepeats(member.runs);
  const count = Math.round(sketch.count / repeats);
  const supported = (p: number) => (percentileIsSupported(count, Math.max(p, 1 - p)) ? at(p) : null);
  const p25 = supported(0.25);
  const p50 = at(0.5);
  const p75 = supported(0.75);
  if (p25 === null || p50 === null || p75 === null) return null;
  return {
    count,
    repeats,
    p5: supported(0.05),
    p25,
    p50,
    p75,
    p95: supported(0.95),
    p99: supported(0.99),
    max: sketch.max,
  };
}

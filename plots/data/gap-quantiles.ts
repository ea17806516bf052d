/** Quantiles of the gaps between tokens of a member, as far as there are enough gaps behind them. */
import { percentileIsSupported } from '../../scripts/statistics/statistics.ts';
import type { Member } from './groups.ts';
import { type LatencySketch, mergeSketches, sketchQuantile } from './latency-sketch.ts';
import { memberRepeats } from './member-score.ts';

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

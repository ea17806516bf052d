/** Quantiles of the gaps between tokens of a member, as far as there are enough gaps behind them. */
import { percentileIsSupported } from '../../scripts/measure/statistics.ts';
import type { Member } from './groups.ts';
import { type LatencySketch, mergeSketches, sketchQuantile } from './latency-sketch.ts';

export interface GapQuantiles {
  readonly count: number;
  readonly p5: number | null;
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number;
}

/** Null below twenty gaps, where not even the quartiles have five gaps beyond them. */
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
  const supported = (p: number) => (percentileIsSupported(sketch.count, Math.max(p, 1 - p)) ? at(p) : null);
  const p25 = supported(0.25);
  const p50 = at(0.5);
  const p75 = supported(0.75);
  if (p25 === null || p50 === null || p75 === null) return null;
  return {
    count: sketch.count,
    p5: supported(0.05),
    p25,
    p50,
    p75,
    p95: supported(0.95),
    p99: supported(0.99),
    max: sketch.max,
  };
}

/** Checks of the run's own figures: drift, warm-up, and whether the clock was fine enough for what it timed. */
import { counted, roundPercent } from '../../command-line/format.ts';
import type { Check } from '../../log/records/certificate-records.ts';
import type { CheckedFacts } from '../../results/figures/checked-facts.ts';
import { paceOf } from '../../results/figures/checked-facts.ts';
import { qualityLimits } from '../../results/limits.ts';
import { fewestForWaves, pieceTrend } from '../../statistics/piece-trend.ts';

/** What the figures of a run themselves say of it, whether or not the machine was watched. */
export function steadinessChecks(facts: CheckedFacts): Check[] {
  const drift = driftOf(facts.pieces);
  return [driftCheck(drift), warmUpCheck(facts, drift)];
}

// Did decoding become slower or faster in the course of a run?

const { falseAlarmRate, doubt, failed } = qualityLimits.drift;
/** Fewer pieces do not show well enough how long the waves of the noise are: then a trend raises doubt only. */
const fewestToFail = 120;

/** What a trend over a run is worth, whether the run became slower or faster. */
export interface Drift {
  verdict: Check['verdict'];
  /** Change of the time per token over the run; null where it is not known. */
  change: number | null;
  words: string;
}

/** @param pieces paces of equal pieces of the measured phase, in their order: decode-pieces.ts */
export function driftOf(pieces: readonly number[]): Drift {
  const found = pieceTrend(pieces);
  if (found === null) return { verdict: 'unknown', change: null, words: whyUnknown(pieces.length) };
  const { p, change, blocks } = found;
  const tested = `permutation of ${blocks} blocks, p = ${p.toPrecision(2)}`;
  const size = Math.abs(change);
  const direction = change > 0 ? 'slower' : 'faster';
  if (p >= falseAlarmRate || size <= doubt) {
    // What noise alone makes as often is no proof that nothing drifted.
    const why = size <= doubt ? 'no drift that counts' : 'no drift that stands out of the noise';
    return { verdict: 'ok', change, words: `${why}: ${roundPercent(size)} ${direction} over the run (${tested})` };
  }
  const words = `decoding became ${roundPercent(size)} ${direction} over the run (${tested})`;
  return { verdict: size > failed && pieces.length >= fewestToFail ? 'failed' : 'doubt', change, words };
}

export function driftCheck({ verdict, change, words }: Drift): Check {
  const helps =
    isTrend(verdict) && change !== null && change > 0
      ? '; see whether clocks, temperature or the work of others changed meanwhile'
      : '';
  return { name: 'drift', limit: failed, unit: '', verdict, value: change, words: `${words}${helps}` };
}

/** Whether the run still became faster while it was measured. */
export function gotFaster({ verdict, change }: Pick<Drift, 'verdict' | 'change'>): boolean {
  return isTrend(verdict) && change !== null && change < 0;
}

function isTrend(verdict: Check['verdict']): boolean {
  return verdict === 'doubt' || verdict === 'failed';
}

function whyUnknown(pieces: number): string {
  return pieces < fewestForWaves
    ? `drift within the run cannot be told from ${pieces} gaps or repetitions; ${fewestForWaves} are needed`
    : 'drift within the run cannot be told: its noise comes in waves too long for it, so only a longer run could tell (--min-seconds N)';
}

/** An engine that still becomes faster while it is measured was not warm, even if the warm-up ended as quiet. */
function warmUpCheck(run: CheckedFacts, drift: Drift): Check {
  if (gotFaster(drift)) {
    const words = `${drift.words} while it was measured: the engine was not warm yet; give it more with --warmup N`;
    return { name: 'warm_up', value: drift.change, limit: failed, unit: '', verdict: drift.verdict, words };
  }
  const facts = { name: 'warm_up', value: run.warmUps, limit: null, unit: 'warm-ups' } as const;
  return run.warmUpStable
    ? { ...facts, verdict: 'ok', words: `${warmUpText(run)} after the cold one` }
    : { ...facts, verdict: 'doubt', words: `${warmUpText(run)}, and still not stable; give it more with --warmup N` };
}

function warmUpText({ warmUps, warmUpRecords }: CheckedFacts): string {
  const spent = warmUpRecords.map(
    ({ tokens, workNs }) => `${counted(tokens, 'tokens')} in ${(workNs / 1e9).toFixed(1)} s`,
  );
  return spent.length === 0 ? `${warmUps} warm-ups` : `${warmUps} warm-ups (${spent.join(', ')})`;
}

/** @param sharedStepNs smallest step of the clock that harness and engine share */
export function timerCheck(run: CheckedFacts, sharedStepNs: number): Check {
  const { doubt, failed } = qualityLimits.timerShare;
  const stepNs = run.ownClockStepNs ?? sharedStepNs;
  const paceMs = paceOf(run);
  const seen = `the clock steps by ${duration(stepNs)}`;
  const facts = {
    name: 'timer',
    value: stepNs,
    limit: paceMs === null ? null : paceMs * failed * 1e6,
    unit: 'ns',
  } as const;
  if (paceMs === null) return { ...facts, verdict: 'ok', words: seen };
  const share = stepNs / (paceMs * 1e6);
  const words = `${seen}, a token takes ${paceMs.toPrecision(3)} ms`;
  if (share <= doubt) return { ...facts, verdict: 'ok', words };
  const helps = `${words}: single gaps are coarse; rates over whole answers are not`;
  return { ...facts, verdict: share > failed ? 'failed' : 'doubt', words: helps };
}

function duration(ns: number): string {
  if (ns < 1000) return `${ns.toFixed(0)} ns`;
  return ns < 1e6 ? `${(ns / 1000).toPrecision(3)} µs` : `${(ns / 1e6).toPrecision(3)} ms`;
}

const watchedMs = 2;

/** Nanoseconds. Engines of other processes read the same clock of the system; a browser's own is in its settings. */
export function clockStepNs(now: () => number = () => performance.now()): number {
  const endMs = now() + watchedMs;
  let smallest = Number.POSITIVE_INFINITY;
  for (let last = now(), current = last; last < endMs; last = current) {
    current = now();
    if (current > last) smallest = Math.min(smallest, current - last);
  }
  return Math.round(smallest * 1e6);
}

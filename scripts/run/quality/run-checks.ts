/** What the run says of itself: its warm-up, and whether its clock was fine enough for what it timed. */
import { counted } from '../../command-line/format.ts';
import type { Check } from '../../log/records/certificate-records.ts';
import { paceOf, type RunFacts } from '../../results/figures/run-facts.ts';
import { limits } from '../../results/limits.ts';
import { type Drift, gotFaster } from './drift.ts';

/** Whoever still becomes faster while it is measured was not warm, whatever the warm-up said. */
export function warmUpCheck(run: RunFacts, drift: Drift): Check {
  const facts = { name: 'warm_up', value: run.warmUps, limit: null, unit: 'warm-ups' } as const;
  if (gotFaster(drift)) {
    const words = `${drift.words} while it was measured: the engine was not warm yet; give it more with --warmup N`;
    return { ...facts, verdict: drift.verdict, words };
  }
  return run.warmUpStable
    ? { ...facts, verdict: 'ok', words: `${warmUpText(run)} after the cold one` }
    : { ...facts, verdict: 'doubt', words: `${warmUpText(run)}, and still not stable; give it more with --warmup N` };
}

function warmUpText({ warmUps, warmUpRecords }: RunFacts): string {
  const spent = warmUpRecords.map(
    ({ tokens, workNs }) => `${counted(tokens, 'tokens')} in ${(workNs / 1e9).toFixed(1)} s`,
  );
  return spent.length === 0 ? `${warmUps} warm-ups` : `${warmUps} warm-ups (${spent.join(', ')})`;
}

/** @param sharedStepNs smallest step of the clock that harness and engine share */
export function timerCheck(run: RunFacts, sharedStepNs: number): Check {
  const { doubt, failed } = limits.certificate.timerShare;
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

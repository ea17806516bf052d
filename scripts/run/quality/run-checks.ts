/** What the run says of itself: its warm-up, and whether its clock was fine enough for what it timed. */
import { counted } from '../../command-line/format.ts';
import type { Clock } from '../../engine/clock.ts';
import type { CertificateRecord, Check, CheckName } from '../../log/records/certificate-records.ts';
import type { RunRecord, WarningRecord } from '../../log/run-log-format.ts';
import { thisHost } from '../../machine/monitor/monitor-source.ts';
import { SystemMonitor } from '../../machine/monitor/system-monitor.ts';
import { paceOf, type RunFacts, runFacts } from '../../results/figures/run-facts.ts';
import { energyLimits, qualityLimits } from '../../results/limits.ts';
import type { RunPlan } from '../run-plan.ts';
import { clockStepNs } from './clock-step.ts';
import { type Drift, driftCheck, driftOf, gotFaster } from './drift.ts';
import { machineChecks } from './machine-checks.ts';
import { knownNoiseFloor } from './noise-floor-file.ts';

/** Whoever still becomes faster while it is measured was not warm, whatever the warm-up said. */
function warmUpCheck(run: RunFacts, drift: Drift): Check {
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
function timerCheck(run: RunFacts, sharedStepNs: number): Check {
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

// Watching the machine for the length of a run, and its quality at the end.

/** Null where speed is not what the run is about, and where the person does not want it. */
export async function watchMachine(
  { workload, conditions = true }: Pick<RunPlan, 'workload' | 'conditions'>,
  now: Clock,
  write: (record: RunRecord) => void,
  signal: AbortSignal,
): Promise<SystemMonitor | null> {
  if (!conditions || workload.watched !== true) return null;
  const watch = await SystemMonitor.open(thisHost(now), (atNs, reading) =>
    write({ type: 'conditions', atNs, ...reading }),
  );
  await watch.rest(energyLimits.restSeconds * 1000, signal);
  return watch;
}

/** Nothing where the machine was not watched, or nothing was measured. */
export function qualityOfRun(
  records: readonly RunRecord[],
  watch: SystemMonitor | null,
  output: string,
): CertificateRecord[] {
  const header = records.find((record) => record.type === 'header');
  if (watch === null || header === undefined) return [];
  const quality = judgeQuality(records, {
    sources: { present: watch.present, absent: [...watch.absent] },
    samples: watch.samples,
    microsecondsPerSample: Math.round(watch.microsecondsPerSample),
    noiseFloor: knownNoiseFloor(output, header.host.hostname),
  });
  return quality === null ? [] : [quality];
}

// The quality of a run: could anything but the thing measured have made its figures?

/** How the machine was watched, and what is known of it from before. */
export type Watched = Pick<CertificateRecord, 'sources' | 'samples' | 'microsecondsPerSample' | 'noiseFloor'>;

/** Null when nothing was measured. */
export function judgeQuality(
  records: readonly RunRecord[],
  watched: Watched,
  stepNs: () => number = clockStepNs,
): CertificateRecord | null {
  const facts = runFacts(records);
  if (facts === null) return null;
  const checks = [...machineChecks(facts), ...steadinessChecks(facts), timerCheck(facts, stepNs())];
  return { type: 'certificate', status: statusOf(checks), checks, ...watched };
}

/** What the figures of a run themselves say of it, whether or not the machine was watched. */
export function steadinessChecks(facts: RunFacts): Check[] {
  const drift = driftOf(facts.pieces);
  return [driftCheck(drift), warmUpCheck(facts, drift)];
}

/** Without knowing what others did, no run can pass. */
function statusOf(checks: readonly Check[]): CertificateRecord['status'] {
  if (checks.some(({ verdict }) => verdict === 'failed')) return 'failed';
  const others = checks.find(({ name }) => name === 'others_cpu');
  return others?.verdict === 'unknown' ? 'unknown' : 'passed';
}

// The checks that failed, and those in doubt, as warnings of the run.

const codes: Record<CheckName, string> = {
  others_cpu: 'busy_host',
  steal: 'stolen_time',
  pressure: 'processor_pressure',
  swap: 'swapped',
  throttling: 'throttled',
  quota: 'quota_ran_out',
  clocks: 'clocks_fell',
  temperature: 'hot',
  power_source: 'on_battery',
  gpu_users: 'other_gpu_users',
  drift: 'drift',
  warm_up: 'not_warm',
  timer: 'coarse_timer',
};

export function qualityWarnings(checks: readonly Check[]): WarningRecord[] {
  const order = ['failed', 'doubt'];
  const drift = checks.find(({ name }) => name === 'drift');
  const silent =
    drift !== undefined && gotFaster({ verdict: drift.verdict, change: drift.value }) ? 'drift' : 'warm_up';
  return (
    checks
      .filter(({ verdict }) => order.includes(verdict))
      .sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))
      // What became faster is said once, as not warm. An unstable warm-up warns by itself, when it happens.
      .filter(({ name }) => name !== silent)
      .map(({ name, words }) => ({ type: 'warning' as const, code: codes[name], message: words }))
  );
}

/** The quality of a run: could anything but the thing measured have made its figures? And the system monitor that it is judged by. */
import { join } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../../command-line/files/folders.ts';
import { readTextFile } from '../../command-line/files/text-file.ts';
import type { Clock } from '../../engine/clock.ts';
import {
  type CertificateRecord,
  type Check,
  type CheckName,
  type NoiseFloor,
  noiseFloorSchema,
} from '../../log/records/certificate-records.ts';
import type { RunRecord, WarningRecord } from '../../log/run-log-format.ts';
import { thisHost } from '../../machine/monitor/monitor-source.ts';
import { SystemMonitor } from '../../machine/monitor/system-monitor.ts';
import { checkedFacts } from '../../results/figures/checked-facts.ts';
import { energyLimits } from '../../results/limits.ts';
import type { RunPlan } from '../run-plan.ts';
import { machineChecks } from './machine-checks.ts';
import { clockStepNs, gotFaster, steadinessChecks, timerCheck } from './steadiness-checks.ts';

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

/** How the machine was watched, and what is known of it from before. */
export type Watched = Pick<CertificateRecord, 'sources' | 'samples' | 'microsecondsPerSample' | 'noiseFloor'>;

/** Null when nothing was measured. */
export function judgeQuality(
  records: readonly RunRecord[],
  watched: Watched,
  stepNs: () => number = clockStepNs,
): CertificateRecord | null {
  const facts = checkedFacts(records);
  if (facts === null) return null;
  const checks = [...machineChecks(facts), ...steadinessChecks(facts), timerCheck(facts, stepNs())];
  return { type: 'certificate', status: statusOf(checks), checks, ...watched };
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

// The latest A/A of each host, kept beside its results so that later runs can cite it: what two identical runs differ by here.

type KnownFloor = NonNullable<CertificateRecord['noiseFloor']>;

const fileSchema = z.record(z.string(), noiseFloorSchema.extend({ measuredAt: z.iso.datetime() }));

const pathIn = (output: string) => join(output, '.noise-floor.json');

/** Null before the first on this host, and where the file is not readable: it can be measured again. */
export function knownNoiseFloor(output: string, hostname: string): KnownFloor | null {
  return readAll(output)[hostname] ?? null;
}

/** Nothing is kept where there were too few runs for an estimate. */
export function keepNoiseFloor(output: string, hostname: string | undefined, floor: NoiseFloor | null): void {
  if (hostname === undefined || floor === null) return;
  const path = pathIn(output);
  const all = { ...readAll(output), [hostname]: { ...floor, measuredAt: new Date().toISOString() } };
  writeWhole(path, `${JSON.stringify(all, null, 2)}\n`);
}

function readAll(output: string): Record<string, KnownFloor> {
  try {
    return fileSchema.parse(JSON.parse(readTextFile(pathIn(output))));
  } catch {
    return {};
  }
}

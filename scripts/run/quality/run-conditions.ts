/** Watching the machine for the length of a run, and the certificate at its end. */

import type { Clock } from '../../engine/clock.ts';
import type { CertificateRecord } from '../../log/records/certificate-records.ts';
import type { RunRecord } from '../../log/run-log-format.ts';
import { ConditionsWatch } from '../../machine/monitor/conditions-watch.ts';
import { thisHost } from '../../machine/monitor/this-host.ts';
import { limits } from '../../results/limits.ts';
import type { RunPlan } from '../run-plan.ts';
import { certify } from './certify.ts';
import { knownNoiseFloor } from './noise-floor-file.ts';

/** Null where speed is not what the run is about, and where the person does not want it. */
export async function watchConditions(
  { workload, conditions = true }: Pick<RunPlan, 'workload' | 'conditions'>,
  now: Clock,
  write: (record: RunRecord) => void,
  signal: AbortSignal,
): Promise<ConditionsWatch | null> {
  if (!conditions || workload.watched !== true) return null;
  const watch = await ConditionsWatch.open(thisHost(now), (atNs, reading) =>
    write({ type: 'conditions', atNs, ...reading }),
  );
  await watch.rest(limits.energy.restSeconds * 1000, signal);
  return watch;
}

/** Nothing where the machine was not watched, or nothing was measured. */
export function certifyRun(
  records: readonly RunRecord[],
  watch: ConditionsWatch | null,
  output: string,
): CertificateRecord[] {
  const header = records.find((record) => record.type === 'header');
  if (watch === null || header === undefined) return [];
  const certificate = certify(records, {
    sources: { present: watch.present, absent: [...watch.absent] },
    samples: watch.samples,
    microsecondsPerSample: Math.round(watch.microsecondsPerSample),
    noiseFloor: knownNoiseFloor(output, header.host.hostname),
  });
  return certificate === null ? [] : [certificate];
}

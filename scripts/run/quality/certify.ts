/** The certificate of a run: could anything but the thing measured have made its figures? */

import type { CertificateRecord, Check } from '../../log/records/certificate-records.ts';
import type { RunRecord } from '../../log/run-log-format.ts';
import { type RunFacts, runFacts } from '../../results/figures/run-facts.ts';
import { clockStepNs } from './clock-step.ts';
import { driftCheck, driftOf } from './drift.ts';
import { machineChecks } from './machine-checks.ts';
import { timerCheck, warmUpCheck } from './run-checks.ts';

/** How the machine was watched, and what is known of it from before. */
export type Watched = Pick<CertificateRecord, 'sources' | 'samples' | 'microsecondsPerSample' | 'noiseFloor'>;

/** Null when nothing was measured: there is nothing to certify. */
export function certify(
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

/** The certificates of many runs together. */
import type { CertificateRecord, CheckName } from './certificate-records.ts';

export interface CertificatesSummary {
  passed: number;
  failed: number;
  unknown: number;
  /** How many runs each check failed, most first. */
  failedChecks: Array<{ check: CheckName; runs: number }>;
}

export function summarizeCertificates(certificates: readonly CertificateRecord[]): CertificatesSummary {
  const count = (status: CertificateRecord['status']) => certificates.filter((one) => one.status === status).length;
  const byCheck = new Map<CheckName, number>();
  for (const { name, verdict } of certificates.flatMap(({ checks }) => checks)) {
    if (verdict === 'failed') byCheck.set(name, (byCheck.get(name) ?? 0) + 1);
  }
  return {
    passed: count('passed'),
    failed: count('failed'),
    unknown: count('unknown'),
    failedChecks: [...byCheck].map(([check, runs]) => ({ check, runs })).sort((a, b) => b.runs - a.runs),
  };
}

/** Null where no run has a certificate. */
export function certificatesText({ passed, failed, unknown, failedChecks }: CertificatesSummary): string | null {
  const all = passed + failed + unknown;
  if (all === 0) return null;
  if (failed === 0) return `${passed} of ${all} runs passed${unknown === 0 ? '' : `, of ${unknown} nothing is known`}`;
  const why = failedChecks.map(({ check, runs }) => `${check} ${runs}`).join(', ');
  return `${failed} of ${all} runs failed (${why}); they stay in, marked. --retry N repeats such runs`;
}

/** The certificates of many runs together. */
import { greatest, group } from 'd3-array';
import type { CertificateRecord, CheckName } from '../../log/records/certificate-records.ts';
import { checkFigure } from './certificate-text.ts';

export interface CertificatesSummary {
  passed: number;
  failed: number;
  unknown: number;
  /** How many runs each check failed, most first, and the worst that it found. */
  failedChecks: Array<{ check: CheckName; runs: number; worst: string | null }>;
}

export function summarizeCertificates(certificates: readonly CertificateRecord[]): CertificatesSummary {
  const count = (status: CertificateRecord['status']) => certificates.filter((one) => one.status === status).length;
  const failed = certificates.flatMap(({ checks }) => checks).filter(({ verdict }) => verdict === 'failed');
  return {
    passed: count('passed'),
    failed: count('failed'),
    unknown: count('unknown'),
    failedChecks: [...group(failed, ({ name }) => name)]
      .map(([check, alike]) => {
        const worst = greatest(alike, ({ value }) => Math.abs(value ?? 0));
        return { check, runs: alike.length, worst: worst === undefined ? null : checkFigure(worst) };
      })
      .sort((a, b) => b.runs - a.runs),
  };
}

/** Null where no run has a certificate. */
export function certificatesText({ passed, failed, unknown, failedChecks }: CertificatesSummary): string | null {
  const all = passed + failed + unknown;
  if (all === 0) return null;
  if (failed === 0) return `${passed} of ${all} runs passed${unknown === 0 ? '' : `, of ${unknown} nothing is known`}`;
  const why = failedChecks.map(({ check, runs, worst }) =>
    worst === null ? `${check} ${runs}` : `${check} ${runs}, at worst ${worst}`,
  );
  return `${failed} of ${all} runs failed (${why.join('; ')}); they stay in, marked. --retry N repeats such runs`;
}

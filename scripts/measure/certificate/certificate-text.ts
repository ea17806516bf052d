/** A certificate in one line, for a person in the terminal. */
import type { CertificateRecord } from './certificate-records.ts';

export function certificateText({ status, checks }: CertificateRecord): string {
  const named = (verdict: string) => checks.filter((check) => check.verdict === verdict).map(({ name }) => name);
  const [failed, doubted, unknown] = [named('failed'), named('doubt'), named('unknown')];
  return [
    failed.length === 0 ? status : `failed: ${failed.join(', ')}`,
    ...(doubted.length === 0 ? [] : [`in doubt: ${doubted.join(', ')}`]),
    ...(unknown.length === 0 ? [] : [`nothing known of: ${unknown.join(', ')}`]),
  ].join('; ');
}

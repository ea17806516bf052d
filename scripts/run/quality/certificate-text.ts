/** A certificate in one line, for a person in the terminal. */
import type { CertificateRecord, Check } from '../../log/records/certificate-records.ts';

export function certificateText({ status, checks }: CertificateRecord): string {
  const those = (verdict: Check['verdict']) => checks.filter((check) => check.verdict === verdict);
  const [failed, doubted, unknown] = [those('failed'), those('doubt'), those('unknown')];
  return [
    failed.length === 0 ? status : `failed: ${failed.map(withFigure).join(', ')}`,
    ...(doubted.length === 0 ? [] : [`in doubt: ${doubted.map(withFigure).join(', ')}`]),
    ...(unknown.length === 0 ? [] : [`nothing known of: ${unknown.map(({ name }) => name).join(', ')}`]),
  ].join('; ');
}

function withFigure(check: Check): string {
  const figure = checkFigure(check);
  return figure === null ? check.name : `${check.name} (${figure})`;
}

/** What a check found, with its unit; null where a number would say nothing. */
export function checkFigure({ name, value, unit }: Pick<Check, 'name' | 'value' | 'unit'>): string | null {
  if (value === null || name === 'power_source') return null;
  if (name === 'drift') return `${percent(Math.abs(value))} ${value > 0 ? 'slower' : 'faster'}`;
  switch (unit) {
    case '':
      return percent(value);
    case 'cores':
      return `${value.toFixed(2)} cores`;
    case 'B':
      return `${(value / 1e6).toFixed(0)} MB`;
    default:
      return `${value.toFixed(0)} ${unit}`;
  }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** The quality of a run in one line, for a person in the terminal. */

import { greatest, group } from 'd3-array';
import { roundPercent, significant } from '../../command-line/format.ts';
import type { CertificateRecord, Check, CheckName } from '../../log/records/certificate-records.ts';
import type { EnergyFigures, EnergyPerToken } from '../../results/figures/energy.ts';

export function qualityText({ status, checks }: CertificateRecord): string {
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

/** Where a share is a change of pace over the run. */
const paceChecks: ReadonlySet<CheckName> = new Set(['drift', 'warm_up']);

/** What a check found, with its unit; null where a number would say nothing. */
function checkFigure({ name, value, unit }: Pick<Check, 'name' | 'value' | 'unit'>): string | null {
  if (value === null || name === 'power_source') return null;
  if (unit === '' && paceChecks.has(name)) return `${roundPercent(Math.abs(value))} ${value > 0 ? 'slower' : 'faster'}`;
  switch (unit) {
    case '':
      return roundPercent(value);
    case 'cores':
      return `${value.toFixed(2)} cores`;
    case 'B':
      return `${(value / 1e6).toFixed(0)} MB`;
    default:
      return `${value.toFixed(0)} ${unit}`;
  }
}

// Energy per token as a person reads it in the terminal.

export function energyText({ meter, idleWatts, prefill, decode }: EnergyFigures): string {
  const atRest = idleWatts === null ? 'power at rest not known' : `${significant(idleWatts)} W at rest subtracted`;
  return `decode ${perToken(decode)}, prefill ${perToken(prefill)}; ${atRest}; meter: ${meter}`;
}

function perToken(energy: EnergyPerToken | null): string {
  if (energy === null) return 'not known (too few samples)';
  const { net, gross, samplingError } = energy;
  const error = `± ${significant(samplingError * 100, 2)} %`;
  return net === null
    ? `${significant(gross)} J/token ${error}`
    : `${significant(net)} J/token (${significant(gross)} with the machine at rest, ${error})`;
}

// The quality of many runs together.

export interface QualitySummary {
  passed: number;
  failed: number;
  unknown: number;
  /** How many runs each check failed, most first, and the worst that it found. */
  failedChecks: Array<{ check: CheckName; runs: number; worst: string | null }>;
}

export function summarizeQuality(records: readonly CertificateRecord[]): QualitySummary {
  const count = (status: CertificateRecord['status']) => records.filter((one) => one.status === status).length;
  const failed = records.flatMap(({ checks }) => checks).filter(({ verdict }) => verdict === 'failed');
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

/** Null where no run was watched. */
export function qualityTextOfAll({ passed, failed, unknown, failedChecks }: QualitySummary): string | null {
  const all = passed + failed + unknown;
  if (all === 0) return null;
  if (failed === 0) return `${passed} of ${all} runs passed${unknown === 0 ? '' : `, of ${unknown} nothing is known`}`;
  const why = failedChecks.map(({ check, runs, worst }) =>
    worst === null ? `${check} ${runs}` : `${check} ${runs}, at worst ${worst}`,
  );
  return `${failed} of ${all} runs failed (${why.join('; ')}); they stay in, marked. --retry N repeats such runs`;
}

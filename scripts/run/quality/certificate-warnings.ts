/** What a certificate doubts, as warnings of the run; what fails it first. */

import type { Check, CheckName } from '../../log/records/certificate-records.ts';
import type { WarningRecord } from '../../log/run-log-format.ts';
import { gotFaster } from './drift.ts';

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

export function certificateWarnings(checks: readonly Check[]): WarningRecord[] {
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

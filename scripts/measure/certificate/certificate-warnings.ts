/** What a certificate doubts, as warnings of the run; what fails it first. */
import type { WarningRecord } from '../run-log-format.ts';
import type { CertificateRecord, CheckName } from './certificate-records.ts';

const codes: Record<Exclude<CheckName, 'warm_up'>, string> = {
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
  timer: 'coarse_timer',
};

export function certificateWarnings({ checks }: CertificateRecord): WarningRecord[] {
  const order = ['failed', 'doubt'];
  return checks
    .filter(({ verdict }) => order.includes(verdict))
    .sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))
    .flatMap(({ name, words }) =>
      // An unstable warm-up warns by itself, when it happens.
      name === 'warm_up' ? [] : { type: 'warning' as const, code: codes[name], message: words },
    );
}

/** Whether the control group's quota of processor time ran out: periods in which everything in it had to wait, cpu.stat. */
import { cpuQuota, quotaPeriods } from '../cgroups.ts';
import { type ConditionSource, usualEveryMs } from './condition-source.ts';

export const quota: ConditionSource = {
  name: 'processor quota',
  async open({ root }) {
    const limited = cpuQuota(root);
    if (limited === null) return { absent: 'no control group here has a quota of processor time' };
    if (quotaPeriods(limited) === null) return { absent: 'the control group counts no periods (cpu.stat)' };
    return {
      sampler: {
        everyMs: usualEveryMs,
        read() {
          const periods = quotaPeriods(limited);
          return periods === null
            ? {}
            : { quotaPeriodsTotal: periods.elapsed, quotaThrottledPeriodsTotal: periods.throttled };
        },
      },
    };
  },
};

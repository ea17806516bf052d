/** A warm-up with what its run's log has of it: how long it took, and the doubt where it did not end by itself. */

import type { RunContext } from '../run/run-context.ts';
import { type WarmUpTry, type WarmUpWork, warmUp, warmUpDoubt, warmUpSeconds } from '../run/warm-up.ts';
import { defaults } from '../settings/defaults.ts';

/** @param label what is warmed up, where a run does that more than once */
export async function writeWarmUp<T extends WarmUpTry>(
  { plan, timeLog, write }: RunContext,
  label: string | undefined,
  work: Omit<WarmUpWork<T>, 'now'>,
): Promise<void> {
  const seconds = warmUpSeconds('minSeconds' in plan.workload ? plan.workload.minSeconds : 0);
  const limits = { ...defaults.warmUp, seconds };
  const done = await warmUp(plan.warmUp, { ...work, now: () => timeLog.now() }, limits);
  write({ type: 'warm_up', ...(label === undefined ? {} : { label }), ...done });
  const doubt = warmUpDoubt(done);
  if (doubt === null) return;
  write({
    type: 'warning',
    code: 'warm_up_unstable',
    message: label === undefined ? doubt : `${label}: ${doubt}`,
  });
}

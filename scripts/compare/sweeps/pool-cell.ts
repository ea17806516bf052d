/** A cell that asks for several answers at a time of one framework: one level of the resource pool test. */
import { usableCores } from '../../machine/facts/host.ts';
import type { RunOutcome } from '../../run/run.ts';
import type { RunReporter } from '../../run/run-context.ts';
import type { PoolPlan, RunPlan } from '../../run/run-plan.ts';
import type { Level } from '../../workloads/pool/levels.ts';
import { namedModel } from '../../workloads/pool/pool-context.ts';
import { runPoolTest } from '../../workloads/pool/pool-run.ts';

type PoolRunPlan = RunPlan & { workload: PoolPlan };

export function isPoolPlan(plan: RunPlan): plan is PoolRunPlan {
  return plan.workload.kind === 'pool';
}

export async function runPoolCell(plan: PoolRunPlan, reporter: RunReporter, signal: AbortSignal): Promise<RunOutcome> {
  const model = namedModel(plan.model);
  const { engines, sequences } = plan.workload;
  const levels: Level[] = [
    ...engines.map((count) => ({ kind: 'engines' as const, engines: count, sequences: 1, models: [model] })),
    ...sequences.map((count) => ({ kind: 'sequences' as const, engines: 1, sequences: count, models: [model] })),
  ];
  const cores = await usableCores();
  // The threads of the cell are what its engines share.
  const threads = Math.max(1, Math.floor(plan.settings.threads / Math.max(1, ...engines)));
  return runPoolTest({ plan, levels, model, faults: [], threads, cores }, reporter, signal);
}

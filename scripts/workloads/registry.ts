/** Every workload, one line each; what a run carries is one of these with its plan. */
import type { PlannedWorkload } from '../run/run-plan.ts';
import { accuracy } from './accuracy/workload.ts';
import { chat } from './chat/workload.ts';
import { embedding } from './embedding/workload.ts';
import { kernel } from './kernel/workload.ts';
import { load } from './load/workload.ts';
import { parity } from './parity/workload.ts';
import { perplexity } from './perplexity/workload.ts';
import { pool } from './pool/workload.ts';
import { questions } from './questions/workload.ts';
import { type PlanSubject, planned, type Workload, type WorkloadOptionValues } from './workload.ts';

/** A workload whose plan is nobody else's concern. */
interface RegisteredWorkload extends Pick<Workload<never>, 'name' | 'title' | 'asked' | 'embeds' | 'summary'> {
  plan?(...asked: Parameters<NonNullable<Workload<never>['plan']>>): Promise<PlannedWorkload>;
}

export const workloads: readonly RegisteredWorkload[] = [
  registered(questions),
  registered(kernel),
  registered(embedding),
  registered(chat),
  registered(parity),
  registered(load),
  registered(pool),
  registered(accuracy),
  registered(perplexity),
];

function registered<Plan>(workload: Workload<Plan>): RegisteredWorkload {
  const { plan, ...others } = workload;
  if (plan === undefined) return others;
  return { ...others, plan: async (...asked) => planned(workload, await plan(...asked)) };
}

export function workloadNamed(name: string): RegisteredWorkload {
  const found = workloads.find((workload) => workload.name === name);
  if (found === undefined) throw new Error(`there is no workload ${name}`);
  return found;
}

/**
 * The workload that options ask for, with its plan; a shape of a load asks for a load test.
 * @throws UserError when a file cannot be read, or what is asked for does not fit
 */
export function workloadPlan(values: WorkloadOptionValues, subject: PlanSubject): Promise<PlannedWorkload> {
  const { plan } = workloadNamed(values.load?.load === undefined ? values.workload : load.name);
  if (plan === undefined) throw new Error(`the workload ${values.workload} has a script of its own`);
  return plan(values, subject);
}

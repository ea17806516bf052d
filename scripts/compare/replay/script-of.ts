/** Which script makes a run like a recorded one. */
import type { Header } from '../../log/run-log-format.ts';
import { workloadNamed } from '../../workloads/registry.ts';

export function singleScript(framework: string): string {
  return `scripts/${framework}-benchmark.ts`;
}

/** The script that makes such a run; null where a person was part of it. */
export function scriptOf({ workload, session, framework }: Header): string | null {
  const { script } = workloadNamed(workload);
  if (script !== undefined) return script;
  return session === undefined ? singleScript(framework.name) : 'scripts/benchmark.ts';
}

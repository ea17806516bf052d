/** Which script makes a run like a recorded one. */
import type { Header } from '../../log/run-log-format.ts';

export function singleScript(framework: string): string {
  return `scripts/${framework}-benchmark.ts`;
}

/** The script that makes such a run; null where a person was part of it. */
export function scriptOf({ workload, session, framework }: Header): string | null {
  switch (workload) {
    case 'chat':
      return null;
    case 'parity':
      return 'scripts/parity.ts';
    case 'perplexity':
      return 'scripts/perplexity.ts';
    case 'accuracy':
      return 'scripts/verifiers-sweep.ts';
    case 'pool':
      return 'scripts/resource-pool-benchmark.ts';
    case 'qa':
    case 'kernel':
    case 'embedding':
    case 'load':
      return session === undefined ? singleScript(framework.name) : 'scripts/benchmark.ts';
    default:
      return workload satisfies never;
  }
}

/** What must hold in the logs of each workload, beside what must hold in all logs (scripts/results/invariants/). */

import type { Header } from '../log/run-log-format.ts';
import type { WorkloadRules } from '../results/invariants/log-watch.ts';
import { rules as accuracy } from './accuracy/invariants.ts';
import { rules as chat } from './chat/invariants.ts';
import { rules as embedding } from './embedding/invariants.ts';
import { rules as kernel } from './kernel/invariants.ts';
import { rules as load } from './load/invariants.ts';
import { rules as parity } from './parity/invariants.ts';
import { rules as perplexity } from './perplexity/invariants.ts';
import { rules as pool } from './pool/invariants.ts';
import { rules as questions } from './questions/invariants.ts';

const workloadRules: Readonly<Partial<Record<Header['workload'], WorkloadRules>>> = {
  qa: questions,
  kernel,
  embedding,
  chat,
  parity,
  load,
  pool,
  accuracy,
  perplexity,
};

/** Empty for a workload that has none of its own. */
export function rulesOf(workload: Header['workload']): WorkloadRules {
  return workloadRules[workload] ?? {};
}

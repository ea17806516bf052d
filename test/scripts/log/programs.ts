/** Every script that measures, with its real options; nothing is run. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { sessionProgram } from '../../../scripts/compare/session-options.ts';
import { frameworks } from '../../../scripts/frameworks/registry.ts';
import { singleScript } from '../../../scripts/log/repeating-command.ts';
import { accuracyProgram } from '../../../scripts/workloads/accuracy/accuracy-options.ts';
import { poolProgram } from '../../../scripts/workloads/pool/plan.ts';
import { parityProgram, perplexityProgram } from '../../../scripts/workloads/reference/comparison-options.ts';
import { singleRunProgram } from '../../../scripts/workloads/single-run.ts';

const comparing = {
  'scripts/benchmark.ts': sessionProgram,
  'scripts/parity.ts': parityProgram,
  'scripts/perplexity.ts': perplexityProgram,
  'scripts/verifiers-sweep.ts': accuracyProgram,
  'scripts/resource-pool-benchmark.ts': poolProgram,
} satisfies Record<string, () => CommandUnknownOpts>;

/** By path from the folder of the project. */
export const programs: Readonly<Record<string, () => CommandUnknownOpts>> = {
  ...comparing,
  ...Object.fromEntries(
    frameworks.map((framework) => [singleScript(framework.name), () => singleRunProgram(framework).parsed]),
  ),
};

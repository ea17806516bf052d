/** Every script that measures, with its real options; nothing is run. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { frameworks } from '../../frameworks/registry.ts';
import { accuracyProgram } from '../../workloads/accuracy/accuracy-command.ts';
import { parityProgram } from '../../workloads/parity/parity-command.ts';
import { perplexityProgram } from '../../workloads/perplexity/perplexity-command.ts';
import { poolProgram } from '../../workloads/pool/pool-command.ts';
import { singleRunProgram } from '../../workloads/single-run.ts';
import { sessionProgram } from '../session-command.ts';
import { singleScript } from './script-of.ts';

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

/** Every script that measures, with its real options; nothing is run. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { frameworks } from '../frameworks/registry.ts';
import { perplexityProgram } from '../measure/likelihood/perplexity-command.ts';
import { parityProgram } from '../measure/parity/parity-command.ts';
import { sessionProgram } from '../measure/session-command.ts';
import { singleRunProgram } from '../measure/single-run.ts';
import { poolProgram } from '../pool/pool-command.ts';
import { accuracyProgram } from '../tasks/accuracy/accuracy-command.ts';
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

/**
 * Parity before speed: holds frameworks and formats of the weights against a reference, token by token and logit by logit,
 * and says which of them may be ranked. Raw logs go to <output>/raw/<framework>/; exit code 1 when one fails.
 *
 *   npx tsx scripts/parity.ts --size tiny --quantize f16,q8_0,q4_0
 *   npx tsx scripts/parity.ts --frameworks llamacpp,pytorch --size 1B --reference llamacpp:same
 */
import { run } from './command-line/program.ts';
import { parityCommand } from './workloads/parity/parity-command.ts';

await run(parityCommand);

/**
 * Accuracy beside speed: asks every framework and every format of the weights the same items of some tasks, and judges the answers.
 * Raw logs with all answers go to <output>/raw/<framework>/; what is finished there already is not asked again.
 *
 *   npx tsx scripts/verifiers-sweep.ts --size tiny --quantize f16,q8_0,q4_0
 *   npx tsx scripts/verifiers-sweep.ts --size 1B --data gsm8k.jsonl --max-tokens 400
 */
import { run } from './command-line/program.ts';
import { accuracyCommand } from './workloads/accuracy/accuracy-command.ts';

await run(accuracyCommand);

/**
 * Measures several frameworks and formats of the weights on the same shuffled questions: a fresh process per run,
 * interleaved so that drift hits all alike, and a comparison at the end. Raw logs go to <output>/raw/<framework>/.
 *
 *   npx tsx scripts/benchmark.ts --size tiny
 *   npx tsx scripts/benchmark.ts --frameworks llamacpp --size 1B --synthetic --quantize q8_0,q4_0
 */
import { run } from './command-line/program.ts';
import { sessionCommand } from './compare/session-command.ts';

await run(sessionCommand);

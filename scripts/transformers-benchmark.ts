/**
 * Measures Hugging Face transformers on the predefined questions and appends a raw log to <output>/raw/transformers/.
 *
 *   npx tsx scripts/transformers-benchmark.ts --size tiny
 *   npx tsx scripts/transformers-benchmark.ts --size tiny --precision bfloat16 --transformers-cache static
 */
import { run } from './command-line/program.ts';
import { singleRun } from './workloads/single-run.ts';

await run(() => singleRun('transformers'));

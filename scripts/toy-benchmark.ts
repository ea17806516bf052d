/**
 * Measures the toy framework on the predefined questions and appends a raw log to <output>/raw/toy/.
 *
 *   npx tsx scripts/toy-benchmark.ts --size tiny
 *   npx tsx scripts/toy-benchmark.ts --size tiny --json
 */
import { run } from './command-line/program.ts';
import { singleRun } from './workloads/single-run.ts';

await run(() => singleRun('toy'));

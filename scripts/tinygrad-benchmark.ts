/**
 * Measures tinygrad on the predefined questions (TTFT, TPOT, prefill and decode rate, memory, JIT compilation, kernel
 * cache) or as llama-bench does, and appends a raw log to <output>/raw/tinygrad/.
 *
 *   npx tsx scripts/tinygrad-benchmark.ts --size tiny
 *   npx tsx scripts/tinygrad-benchmark.ts --size 15M --synthetic --quantize q8_0 --python-path ~/tinygrad --workload kernel
 */
import { run } from './command-line/program.ts';
import { singleRun } from './workloads/single-run.ts';

await run(() => singleRun('tinygrad'));

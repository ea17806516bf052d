/**
 * Measures llama.cpp on the predefined questions (TTFT, TPOT, prefill and decode rate, memory) or as llama-bench does, and
 * appends a raw log to <output>/raw/llamacpp/.
 *
 *   npx tsx scripts/llamacpp-benchmark.ts --size tiny
 *   npx tsx scripts/llamacpp-benchmark.ts --size 1B --synthetic --quantize q4_0 --workload kernel
 */
import { run } from './command-line/program.ts';
import { singleRun } from './workloads/single-run.ts';

await run(() => singleRun('llamacpp'));

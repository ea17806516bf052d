/**
 * Measures PyTorch and tinygrad over the same memory (PyTorch evaluates prompts, tinygrad decodes) on the predefined
 * questions or as llama-bench does, and appends a raw log to <output>/raw/hybrid/.
 *
 *   npx tsx scripts/hybrid-benchmark.ts --size tiny
 *   npx tsx scripts/hybrid-benchmark.ts --size 15M --synthetic --quantize q8_0 --python-path ~/tinygrad --workload kernel
 */
import { run } from './command-line/program.ts';
import { singleRun } from './workloads/single-run.ts';

await run(() => singleRun('hybrid'));

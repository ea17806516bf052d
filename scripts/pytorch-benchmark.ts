/**
 * Measures PyTorch on the predefined questions (TTFT, TPOT, prefill and decode rate, memory) or as llama-bench does, and
 * appends a raw log to <output>/raw/pytorch/.
 *
 *   npx tsx scripts/pytorch-benchmark.ts --size tiny
 *   npx tsx scripts/pytorch-benchmark.ts --size 95M --synthetic --quantize f32 --workload kernel
 */
import { run } from './command-line/program.ts';
import { singleRun } from './workloads/single-run.ts';

await run(() => singleRun('pytorch'));

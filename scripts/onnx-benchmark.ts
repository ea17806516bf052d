/**
 * Measures ONNX Runtime on the predefined questions (TTFT, TPOT, prefill and decode rate, memory) or as llama-bench does, and
 * appends a raw log to <output>/raw/onnx/. The graph is written from the GGUF file on first use.
 *
 *   npx tsx scripts/onnx-benchmark.ts --size tiny
 *   npx tsx scripts/onnx-benchmark.ts --size 135M --synthetic --quantize q4_0 --workload kernel
 */
import { run } from './command-line/program.ts';
import { singleRun } from './workloads/single-run.ts';

await run(() => singleRun('onnx'));

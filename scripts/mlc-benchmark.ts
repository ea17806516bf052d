/**
 * Measures MLC's web-llm on the predefined questions (TTFT, TPOT, prefill and decode rate, memory), in a page of a real
 * browser on WebGPU, and appends a raw log to <output>/raw/mlc/.
 *
 *   npx tsx scripts/mlc-benchmark.ts --size 1B --quantize q4f16_1
 *   npx tsx scripts/mlc-benchmark.ts --model ./Qwen2-0.5B-Instruct-q4f32_1-MLC --model-lib ./library.wasm
 */
import { run } from './command-line/program.ts';
import { singleRun } from './workloads/single-run.ts';

await run(() =>
  singleRun('mlc', [
    ['--size 1B', 'downloads the model and its library once'],
    ['--size 135M --quantize q0f32', 'for an adapter without shader-f16'],
    ['--model Llama-3.2-1B-Instruct-q4f16_1-MLC --headed', 'by its name, in a window'],
    ['--model ./model-MLC --model-lib ./library.wasm', 'a folder of your own, or its URL'],
  ]),
);

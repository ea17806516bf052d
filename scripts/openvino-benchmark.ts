/**
 * Measures OpenVINO on the predefined questions and appends a raw log to <output>/raw/openvino/.
 *
 *   npx tsx scripts/openvino-benchmark.ts --size tiny
 *   npx tsx scripts/openvino-benchmark.ts --size 1B --synthetic --quantize q4_0 --json
 */
import { run } from './command-line/program.ts';
import { singleRun } from './workloads/single-run.ts';

await run(() => singleRun('openvino'));

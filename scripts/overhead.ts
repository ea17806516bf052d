/**
 * What measuring costs, and whether it can be trusted on this machine: self-checks of Tokenlap. Each compares with a reference in
 * turns, so that drift and other load affect both alike.
 *
 *   npx tsx scripts/overhead.ts harness --framework llamacpp --build
 *   npx tsx scripts/overhead.ts quality --rounds 10
 */
import { program, run } from './command-line/program.ts';
import { bandwidthCommand } from './overhead/bandwidth.ts';
import { harnessCommand } from './overhead/harness.ts';
import { qualityCommand } from './overhead/quality.ts';
import { quantizeSpeedCommand } from './overhead/quantize.ts';

await run(async () => {
  await program('overhead', 'Self-checks: what measuring costs, and whether it notices disturbances.', [
    ['npx tsx scripts/overhead.ts harness --framework llamacpp', "the engine and llama.cpp's own benchmark"],
    ['npx tsx scripts/overhead.ts bandwidth', 'the hardware benchmark and a C STREAM'],
    ['npx tsx scripts/overhead.ts quantize', "Tokenlap's quantiser and llama-quantize"],
    ['npx tsx scripts/overhead.ts quality', 'does the quality of a run notice busy loops?'],
  ])
    .addCommand(harnessCommand())
    .addCommand(bandwidthCommand())
    .addCommand(quantizeSpeedCommand())
    .addCommand(qualityCommand())
    .parseAsync();
});

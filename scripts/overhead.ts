/**
 * What measuring costs, and whether it can be trusted on this machine: self-checks of Tokenlap. Each compares with a reference in
 * turns, so that drift and other load affect both alike.
 *
 *   npx tsx scripts/overhead.ts harness --framework llamacpp --build
 *   npx tsx scripts/overhead.ts quality --rounds 10
 */

import { exitCodes } from './command-line/errors.ts';
import { significant } from './command-line/format.ts';
import { wholeNumber } from './command-line/options.ts';
import { program, run } from './command-line/program.ts';
import { progress } from './command-line/progress.ts';
import { print, printJson, table } from './command-line/terminal.ts';
import { arrayBytesFor } from './machine/ceilings/processor-ceilings.ts';
import { usableCores } from './machine/facts/host.ts';
import { readMachine } from './machine/facts/machine.ts';
import { harnessCommand } from './overhead/harness.ts';
import { qualityCommand } from './overhead/quality.ts';
import { quantizeSpeedCommand } from './overhead/quantize.ts';
import { checkAgainstStream } from './overhead/stream-check.ts';
import { toldBytes } from './results/hardware/last-cache.ts';

/**
 * `overhead.ts bandwidth`: the memory bandwidth of the hardware benchmark compared with a C STREAM that is compiled here, in turns.
 * Exit code 1 when one of them differs by more than 10 %.
 */
const tolerance = 0.1;

function bandwidthCommand() {
  return program('bandwidth', 'The memory bandwidth of the hardware benchmark compared with a C STREAM.', [
    ['npx tsx scripts/overhead.ts bandwidth', 'compiles STREAM with gcc and alternates with it'],
    ['npx tsx scripts/overhead.ts bandwidth --compiler clang', 'another compiler, with OpenMP'],
  ])
    .option('--compiler <name>', 'C compiler with OpenMP', 'gcc')
    .option('--passes <n>', 'passes of each kind, in turns', wholeNumber(1, 10_000), 100)
    .option('--json', 'print the result as JSON on standard output, and nothing else there', false)
    .action(async ({ compiler, passes, json }) => {
      const line = progress('compiling STREAM');
      try {
        const machine = await readMachine();
        const results = await checkAgainstStream({
          compiler,
          passes,
          arrayBytes: arrayBytesFor(toldBytes(machine, null), machine.memory.availableBytes),
          threads: [...new Set([1, await usableCores()])],
          onKind: (kind, threads) => line.stage(`${kind}, threads ${threads}`),
        });
        line.end();
        const rows = results.map(({ kind, threads, ours, theirs, ratio, medianRatio }) => [
          kind,
          String(threads),
          ...[ours / 1e9, theirs / 1e9, ratio, medianRatio].map((value) => significant(value)),
        ]);
        const header = ['', 'threads', 'Tokenlap GB/s', 'STREAM GB/s', 'ratio of bests', 'of medians'];
        if (json) printJson(results);
        else print(table(header, rows));
        if (results.some(({ ratio }) => Math.abs(ratio - 1) > tolerance)) process.exitCode = exitCodes.failed;
      } finally {
        line.end();
      }
    });
}

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

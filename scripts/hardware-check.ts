/**
 * Whether the hardware benchmark's bandwidth is the machine's: against a C STREAM that is compiled here, alternating.
 * Exit code 1 when one of them is more than 10 % apart.
 *
 *   npx tsx scripts/hardware-check.ts
 *   npx tsx scripts/hardware-check.ts --compiler clang --passes 300
 */
import { exitCodes } from './command-line/errors.ts';
import { significant } from './command-line/format.ts';
import { wholeNumber } from './command-line/options.ts';
import { program, run } from './command-line/program.ts';
import { progress } from './command-line/progress.ts';
import { print, printJson, table } from './command-line/terminal.ts';
import { usableCores } from './machine/host.ts';
import { readMachine } from './machine/machine.ts';
import { arrayBytesFor } from './machine/memory-bandwidth.ts';
import { checkAgainstStream } from './machine/stream-check.ts';
import { toldBytes } from './results/hardware/last-cache.ts';

const tolerance = 0.1;

await run(async () => {
  const options = program('hardware-check', 'The memory bandwidth of the hardware benchmark against a C STREAM.', [
    ['npx tsx scripts/hardware-check.ts', 'compiles STREAM with gcc and alternates with it'],
    ['npx tsx scripts/hardware-check.ts --compiler clang', 'another compiler, with OpenMP'],
  ])
    .option('--compiler <name>', 'C compiler with OpenMP', 'gcc')
    .option('--passes <n>', 'of each kind, in turns', wholeNumber(1, 10_000), 100)
    .option('--json', 'print the result as JSON on standard output, and nothing else there', false)
    .parse()
    .opts();
  const line = progress('compiling STREAM');
  try {
    const machine = await readMachine();
    const results = await checkAgainstStream({
      ...options,
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
    const header = ['', 'threads', 'ours GB/s', 'STREAM GB/s', 'ratio of bests', 'of medians'];
    if (options.json) printJson(results);
    else print(table(header, rows));
    if (results.some(({ ratio }) => Math.abs(ratio - 1) > tolerance)) process.exitCode = exitCodes.failed;
  } finally {
    line.end();
  }
});

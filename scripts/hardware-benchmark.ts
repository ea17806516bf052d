/**
 * Facts of this machine (processor, caches, memory, graphics cards, devices of each framework) and its ceilings (bandwidth of memory
 * and caches, arithmetic, disk, timer). The raw log goes to <output>/raw/hardware/ and is reused for a day.
 *
 *   npx tsx scripts/hardware-benchmark.ts
 *   npx tsx scripts/hardware-benchmark.ts --compatibility
 */
import { interruptSignal } from './command-line/interrupt.ts';
import { wholeNumber } from './command-line/options.ts';
import { program, run } from './command-line/program.ts';
import { type Progress, progress } from './command-line/progress.ts';
import { commandLine } from './command-line/shell-line.ts';
import { paint, print, printJson, say } from './command-line/terminal.ts';
import { frameworks } from './frameworks/registry.ts';
import { freshHardwareLog, type HardwareLog, hasThreads } from './log/hardware/hardware-log.ts';
import { frameworkDevices } from './machine/ceilings/framework-survey.ts';
import { runHardwareBenchmark } from './machine/ceilings/hardware-run.ts';
import { hardwareText } from './machine/ceilings/hardware-text.ts';
import { deviceFacts } from './machine/facts/device-kinds.ts';
import { describeHost, usableHere } from './machine/facts/host.ts';
import { beyondUsable } from './machine/facts/usable.ts';
import { compatibilityMap } from './machine/fit/compatibility.ts';
import { compatibilityText } from './machine/fit/compatibility-text.ts';
import { runnableArchitectures } from './models/architectures/architecture.ts';
import { defaults } from './settings/defaults.ts';

await run(async () => {
  const options = program(
    'hardware-benchmark',
    'What this machine is and what it can do at best: the ceilings with which every run is compared.',
    [
      ['npx tsx scripts/hardware-benchmark.ts', 'half a minute; kept for a day'],
      ['npx tsx scripts/hardware-benchmark.ts --refresh', 'measures again'],
      ['npx tsx scripts/hardware-benchmark.ts --compatibility', 'what can run here, without measuring anything'],
    ],
  )
    .option('--output <dir>', 'folder of results', defaults.output)
    .option(
      '--threads <list>',
      'numbers of threads of your runs, measured in addition to one and all usable cores',
      threadList,
    )
    .option('--refresh', 'measure again, even if there is a benchmark of this host from the last 24 hours', false)
    .option('--compatibility', 'print which framework runs what on which device here', false)
    .option('--anonymize', 'write stable hashes for host and user name', false)
    .option('--json', 'print the result as JSON on standard output, and nothing else there', false)
    .parse()
    .opts();
  const line = progress('looking at this machine');
  try {
    if (options.compatibility) {
      await printCompatibility(options.json, line);
      return;
    }
    const host = await describeHost(options.anonymize);
    const usable = await usableHere();
    const asked = options.threads ?? [];
    const threads = [...new Set([1, usable.cores, ...asked])].sort((a, b) => a - b);
    const shared = beyondUsable(Math.max(...threads), usable);
    if (shared !== null) say(paint('yellow', shared, process.stderr));
    const fresh = options.refresh ? null : freshHardwareLog(options.output, host);
    // npm start measures reading alone.
    const isWhole = (log: HardwareLog) => threads.every((each) => hasThreads(log, each, 'triad_bandwidth'));
    const earlier = fresh !== null && isWhole(fresh) ? fresh : null;
    const log =
      earlier ?? (await runHardwareBenchmark({ ...options, threads }, commandLine(), line, interruptSignal()));
    line.end();
    if (options.json) printJson(log);
    else print(hardwareText(log));
    say(paint('dim', earlier === null ? `Log: ${log.path}` : keptSince(earlier), process.stderr));
  } finally {
    line.end();
  }
});

/** Numbers separated by commas. */
function threadList(text: string): number[] {
  return text.split(',').map(wholeNumber(1, 1024));
}

function keptSince({ header, path }: HardwareLog): string {
  return `Measured at ${header.startedAt} (${path}); --refresh measures again.`;
}

async function printCompatibility(asJson: boolean, line: Progress): Promise<void> {
  const found = await frameworkDevices(frameworks, ({ title }) => line.stage(`devices of ${title}`));
  line.end();
  const facts = { frameworks, found, machine: deviceFacts(await describeHost(false)) };
  if (asJson) printJson(compatibilityMap(facts, runnableArchitectures));
  else print(compatibilityText(facts, runnableArchitectures));
}

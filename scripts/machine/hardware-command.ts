/** What `hardware-benchmark.ts` does: options, a benchmark that is not older than a day or a new one, its figures. */

import { interruptSignal } from '../command-line/interrupt.ts';
import { defaultOutput, wholeNumber } from '../command-line/options.ts';
import { program } from '../command-line/program.ts';
import { type Progress, progress } from '../command-line/progress.ts';
import { paint, print, printJson, say } from '../command-line/terminal.ts';
import { frameworks } from '../frameworks/registry.ts';
import type { HardwareLog } from '../log/hardware/hardware-log.ts';
import { freshHardwareLog, hasThreads } from '../log/hardware/hardware-log.ts';
import { runnableArchitectures } from '../models/architectures/architectures.ts';
import { compatibilityMap } from './compatibility.ts';
import { compatibilityText } from './compatibility-text.ts';
import { deviceFacts } from './device-kinds.ts';
import { frameworkDevices } from './framework-devices.ts';
import { runHardwareBenchmark } from './hardware-run.ts';
import { hardwareText } from './hardware-text.ts';
import { describeHost, usableHere } from './host.ts';
import { beyondUsable } from './usable.ts';

/** @param typed the command as typed, for the log */
export async function hardwareCommand(typed: readonly string[]): Promise<void> {
  const options = program(
    'hardware-benchmark',
    'What this machine is and what it can do at best: the ceilings that every run is held against.',
    [
      ['npx tsx scripts/hardware-benchmark.ts', 'half a minute; kept for a day'],
      ['npx tsx scripts/hardware-benchmark.ts --refresh', 'measures again'],
      ['npx tsx scripts/hardware-benchmark.ts --compatibility', 'what can run here, without measuring anything'],
    ],
  )
    .option('--output <dir>', 'folder of results', defaultOutput)
    .option(
      '--threads <list>',
      'numbers of threads to measure besides one and all cores that may be used: those of your runs',
      threadList,
    )
    .option('--refresh', 'measure again, even where a benchmark of this host is not older than a day', false)
    .option('--compatibility', 'print which framework runs what on which device here', false)
    .option('--anonymize', 'write stable hashes for host and user name', false)
    .option('--json', 'print the result as JSON on standard output, and nothing else there', false)
    .parse()
    .opts();
  const line = progress('looking at this machine');
  try {
    if (options.compatibility) {
      await tellCompatibility(options.json, line);
      return;
    }
    const host = await describeHost(options.anonymize);
    const usable = await usableHere();
    const asked = options.threads ?? [];
    const threads = [...new Set([1, usable.cores, ...asked])].sort((a, b) => a - b);
    const shared = beyondUsable(Math.max(...threads), usable);
    if (shared !== null) say(paint('yellow', shared, process.stderr));
    const fresh = options.refresh ? null : freshHardwareLog(options.output, host);
    const earlier = fresh !== null && threads.every((each) => hasThreads(fresh, each)) ? fresh : null;
    const log = earlier ?? (await runHardwareBenchmark({ ...options, threads }, typed, line, interruptSignal()));
    line.end();
    if (options.json) printJson(log);
    else print(hardwareText(log));
    say(paint('dim', earlier === null ? `Log: ${log.path}` : keptSince(earlier), process.stderr));
  } finally {
    line.end();
  }
}

/** Separated by commas; given again, the list is a new one. */
function threadList(text: string): number[] {
  return text.split(',').map(wholeNumber(1, 1024));
}

function keptSince({ header, path }: HardwareLog): string {
  return `Measured at ${header.startedAt} (${path}); --refresh measures again.`;
}

async function tellCompatibility(asJson: boolean, line: Progress): Promise<void> {
  const found = await frameworkDevices(frameworks, ({ title }) => line.stage(`devices of ${title}`));
  line.end();
  const facts = { frameworks, found, machine: deviceFacts(await describeHost(false)) };
  if (asJson) printJson(compatibilityMap(facts, runnableArchitectures));
  else print(compatibilityText(facts, runnableArchitectures));
}

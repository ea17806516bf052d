/**
 * What the system monitor reads during a measurement: load of others, clocks, heat, swapping, GPUs, energy; which sources are
 * absent and why; and what a sample costs. Writes nothing.
 *
 *   npx tsx scripts/monitor.ts
 *   npx tsx scripts/monitor.ts --seconds 30 --json
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { counted } from './command-line/format.ts';
import { interruptSignal } from './command-line/interrupt.ts';
import { wholeNumber } from './command-line/options.ts';
import { program, run } from './command-line/program.ts';
import { paint, print, printJson, table } from './command-line/terminal.ts';
import { clockSince, monotonicNow } from './engine/clock.ts';
import type { Reading } from './log/records/certificate-records.ts';
import { thisHost } from './machine/monitor/monitor-source.ts';
import { SystemMonitor } from './machine/monitor/system-monitor.ts';

await run(async () => {
  const options = program(
    'monitor',
    'Readings of the system monitor: load, clocks, heat, GPUs and energy; what is absent and why.',
    [
      ['npx tsx scripts/monitor.ts', 'every source, watched for three seconds'],
      ['npx tsx scripts/monitor.ts --seconds 30 --json', 'the same, for programs'],
    ],
  )
    .option('--seconds <n>', 'how long to watch', wholeNumber(1, 3600), 3)
    .option('--json', 'print the result as JSON on standard output, and nothing else there', false)
    .parse()
    .opts();
  const report = await watch(options.seconds);
  if (options.json) printJson(report);
  else print(textOf(report));
});

interface MonitorReport {
  sources: { present: string[]; absent: ReadonlyArray<{ name: string; reason: string }> };
  samples: number;
  microsecondsPerSample: number;
  /** The latest reading of every field. */
  latest: Reading;
}

async function watch(seconds: number): Promise<MonitorReport> {
  const latest: Reading = {};
  const monitor = await SystemMonitor.open(thisHost(clockSince(monotonicNow())), (_, reading) => {
    Object.assign(latest, reading);
  });
  try {
    await sleep(seconds * 1000, undefined, { signal: interruptSignal() }).catch(() => {});
    monitor.sample();
  } finally {
    monitor.close();
  }
  const { present, absent, samples, microsecondsPerSample } = monitor;
  return { sources: { present, absent }, samples, microsecondsPerSample: Math.round(microsecondsPerSample), latest };
}

function textOf({ sources, samples, microsecondsPerSample, latest }: MonitorReport): string {
  return [
    table(
      ['reading', 'latest'],
      Object.entries(latest).map(([name, value]) => [name, JSON.stringify(value)]),
      'll',
    ),
    `${paint('bold', 'Sources')} ${sources.present.join(', ')}`,
    `${paint('bold', 'Absent')}\n${sources.absent.map(({ name, reason }) => `  ${name}: ${reason}`).join('\n')}`,
    `A sample took ${microsecondsPerSample} µs of processor time, over ${counted(samples, 'samples')}.`,
  ].join('\n\n');
}

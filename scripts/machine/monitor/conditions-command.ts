/** What `conditions.ts` does: opens every source, watches for some seconds, and tells what can be known here and what not. */

import { setTimeout as sleep } from 'node:timers/promises';
import { counted } from '../../command-line/format.ts';
import { interruptSignal } from '../../command-line/interrupt.ts';
import { wholeNumber } from '../../command-line/options.ts';
import { program } from '../../command-line/program.ts';
import { paint, print, printJson, table } from '../../command-line/terminal.ts';
import { clockSince, monotonicNow } from '../../engine/clock.ts';
import type { Reading } from '../../log/records/reading.ts';
import { ConditionsWatch } from './conditions-watch.ts';
import { thisHost } from './this-host.ts';

interface Told {
  sources: { present: string[]; absent: ReadonlyArray<{ name: string; reason: string }> };
  samples: number;
  microsecondsPerSample: number;
  /** The latest reading of every field. */
  latest: Reading;
}

export async function conditionsCommand(): Promise<void> {
  const options = program(
    'conditions',
    'What this machine tells of load, clocks, heat, GPUs and energy; what is absent and why.',
    [
      ['npx tsx scripts/conditions.ts', 'every source, watched for three seconds'],
      ['npx tsx scripts/conditions.ts --seconds 30 --json', 'the same, for programs'],
    ],
  )
    .option('--seconds <n>', 'how long to watch', wholeNumber(1, 3600), 3)
    .option('--json', 'print the result as JSON on standard output, and nothing else there', false)
    .parse()
    .opts();
  const told = await watch(options.seconds);
  if (options.json) printJson(told);
  else print(textOf(told));
}

async function watch(seconds: number): Promise<Told> {
  const latest: Reading = {};
  const conditions = await ConditionsWatch.open(thisHost(clockSince(monotonicNow())), (_, reading) => {
    Object.assign(latest, reading);
  });
  try {
    await sleep(seconds * 1000, undefined, { signal: interruptSignal() }).catch(() => {});
    conditions.sample();
  } finally {
    conditions.close();
  }
  const { present, absent, samples, microsecondsPerSample } = conditions;
  return { sources: { present, absent }, samples, microsecondsPerSample: Math.round(microsecondsPerSample), latest };
}

function textOf({ sources, samples, microsecondsPerSample, latest }: Told): string {
  return [
    table(
      ['reading', 'latest'],
      Object.entries(latest).map(([name, value]) => [name, JSON.stringify(value)]),
      'll',
    ),
    `${paint('bold', 'Told by')} ${sources.present.join(', ')}`,
    `${paint('bold', 'Absent')}\n${sources.absent.map(({ name, reason }) => `  ${name}: ${reason}`).join('\n')}`,
    `A sample took ${microsecondsPerSample} µs of processor time, over ${counted(samples, 'samples')}.`,
  ].join('\n\n');
}

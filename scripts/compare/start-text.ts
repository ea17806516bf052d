/** What `npm start` says before it measures: this machine, and which frameworks it can compare. */
import { significant } from '../command-line/format.ts';
import { scriptLine } from '../command-line/shell-line.ts';
import { paint } from '../command-line/terminal.ts';
import type { HardwareLog } from '../log/hardware/hardware-log.ts';
import type { Measured, Quantity } from '../log/hardware/hardware-log-format.ts';
import type { FrameworkSurvey } from '../machine/framework-survey.ts';

/** Those that work, with their versions; then, once, what is missing and what brings it. */
export function frameworksText(surveys: readonly FrameworkSurvey[]): string {
  const working = surveys.flatMap(({ framework, availability }) =>
    availability.status === 'available' ? [named(framework.title, availability.version)] : [],
  );
  const missing = surveys.flatMap(({ framework, availability }) =>
    availability.status === 'missing'
      ? [`- ${framework.title}: ${availability.reason}`, `    ${commandIn(availability.remedy)}`]
      : [],
  );
  return [
    paint('bold', 'Frameworks'),
    working.length === 0 ? 'None works here.' : `These work here: ${working.join(', ')}.`,
    ...(missing.length === 0 ? [] : ['These are missing; below each is what brings it:', ...missing]),
  ].join('\n');
}

function named(title: string, version: string): string {
  return version.startsWith(title) ? version : `${title} (${version})`;
}

/** The first command of a remedy, to be pasted; one without a command as it is. */
export function commandIn(remedy: string): string {
  return /`([^`]+)`/.exec(remedy)?.[1] ?? remedy;
}

/** The figures that runs are held against, on one line. */
export function ceilingsText({ measurements }: HardwareLog, threads: number, output: string): string {
  const best = (quantity: Quantity) => {
    const found = measurements.filter((each) => each.quantity === quantity && isOf(each, threads));
    const largest = Math.max(0, ...found.map(({ workingSetBytes }) => workingSetBytes ?? 0));
    const beyondCaches = found.filter(({ workingSetBytes }) => (workingSetBytes ?? largest) === largest);
    return Math.max(...beyondCaches.map(({ value }) => value));
  };
  const rates = [
    ['memory', best('read_bandwidth'), 'GB/s'],
    ['arithmetic', best('f32_arithmetic'), 'GFLOP/s in F32'],
    ['', best('int8_arithmetic'), 'Gop/s in int8'],
  ] as const;
  const told = rates.flatMap(([what, value, unit]) =>
    Number.isFinite(value) ? [`${what} ${significant(value / 1e9)} ${unit}`.trim()] : [],
  );
  const on = threads === 1 ? 'one thread' : `${threads} threads`;
  return `With ${on}: ${told.join(', ')}. More figures: ${scriptLine('scripts/hardware-benchmark.ts', output)}`;
}

function isOf({ device, threads: measured }: Measured, threads: number): boolean {
  return device === 'cpu' && measured === threads;
}

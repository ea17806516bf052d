/** The end of `npm start`: collation and charts, each in a process of its own, and the answer of the report. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { significant } from '../command-line/format.ts';
import type { Progress } from '../command-line/progress.ts';
import { scriptLine, shellLine, startWords } from '../command-line/shell-line.ts';
import { paint } from '../command-line/terminal.ts';
import { isPythonVariant } from '../frameworks/python-environment/variant.ts';
import type { HardwareLog } from '../log/hardware/hardware-log.ts';
import type { Measured, Quantity } from '../log/hardware/hardware-log-format.ts';
import type { FrameworkSurvey } from '../machine/ceilings/framework-survey.ts';
import { runStage } from './pipeline-stage.ts';

/**
 * The frameworks that work, with their versions; then the missing ones, each with the command that installs it.
 * @param installed whether everything that can be installed by itself was, so that no command brings more
 */
export function frameworksText(surveys: readonly FrameworkSurvey[], installed: boolean): string {
  const working = surveys.flatMap(({ framework, availability }) =>
    availability.status === 'available' ? [named(framework.title, availability.version)] : [],
  );
  const missing = surveys.flatMap(({ framework, availability }) =>
    availability.status === 'missing'
      ? [`- ${framework.title}: ${availability.reason}`, `    ${commandIn(availability.remedy)}`]
      : [],
  );
  const installable = surveys.flatMap(({ framework, availability }) =>
    availability.status === 'missing' && framework.variants?.some(isPythonVariant) === true ? [framework.title] : [],
  );
  return [
    paint('bold', 'Frameworks'),
    working.length === 0 ? 'None works here.' : `These work here: ${working.join(', ')}.`,
    ...(missing.length === 0 ? [] : ['These are missing; below each is the command that installs it:', ...missing]),
    ...(installed || installable.length === 0 ? [] : [installAllText(installable)]),
  ].join('\n');
}

function installAllText(titles: readonly string[]): string {
  const command = shellLine([...startWords('scripts/start.ts'), '--install']);
  return `One command installs and measures ${titles.join(', ')}: ${command}`;
}

function named(title: string, version: string): string {
  return version.startsWith(title) ? version : `${title} (${version})`;
}

/** The first command of a remedy, to be pasted; one without a command as it is. */
export function commandIn(remedy: string): string {
  return /`([^`]+)`/.exec(remedy)?.[1] ?? remedy;
}

/** The figures that runs are compared with, on one line. */
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
  const shown = rates.flatMap(([what, value, unit]) =>
    Number.isFinite(value) ? [`${what} ${significant(value / 1e9)} ${unit}`.trim()] : [],
  );
  const on = threads === 1 ? 'one thread' : `${threads} threads`;
  return `With ${on}: ${shown.join(', ')}. More figures: ${scriptLine('scripts/hardware-benchmark.ts', output)}`;
}

function isOf({ device, threads: measured }: Measured, threads: number): boolean {
  return device === 'cpu' && measured === threads;
}

const collatedSchema = z.object({ problems: z.array(z.unknown()) });
const drawnSchema = z.object({ answer: z.string(), figures: z.string(), report: z.object({ html: z.string() }) });

/** Tables, charts and the report; its answer, and where it is. */
export async function report(output: string, line: Progress): Promise<string> {
  line.stage('collating');
  const { problems } = collatedSchema.parse(await runStage('collate/all.ts', output));
  line.stage('drawing charts and writing the report');
  const drawn = drawnSchema.parse(await runStage('plots/generate.ts', output));
  const doubts =
    problems.length === 0
      ? []
      : [`Something is wrong in the logs, ${problems.length} times: ${scriptLine('collate/all.ts', output, '--json')}`];
  return [
    '',
    ...doubts,
    paint('bold', drawn.answer),
    ...(drawn.figures === '' ? [] : [drawn.figures]),
    '',
    `Report: ${pathToFileURL(resolve(drawn.report.html)).href}`,
  ].join('\n');
}

/** What `npm start` does. Collating and drawing are stages of their own and run as their own processes. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { exitCodes, oneLine, UserError } from '../command-line/errors.ts';
import { interruptSignal } from '../command-line/interrupt.ts';
import { optionWords } from '../command-line/option-words.ts';
import { defaultOutput, wholeNumber } from '../command-line/options.ts';
import { program } from '../command-line/program.ts';
import { progress } from '../command-line/progress.ts';
import { scriptLine, shellLine, startWords } from '../command-line/shell-line.ts';
import { paint, print, table, warn } from '../command-line/terminal.ts';
import { commandAgain } from '../command-line/typed-command.ts';
import { frameworks } from '../frameworks/registry.ts';
import { describeHost } from '../hardware/host.ts';
import { coresAndMemory } from '../hardware/usable.ts';
import { keepNoiseFloor } from './certificate/noise-floor-file.ts';
import { compareCells } from './comparison.ts';
import { comparisonText, runsNeeded } from './comparison-text.ts';
import { workingFrameworks } from './framework-choice.ts';
import { requireWritable } from './run-log.ts';
import { defaults } from './run-plan.ts';
import { hostnameOf, runSession } from './session.ts';
import { sessionOptions, sessionProgram } from './session-command.ts';
import { planText, type SessionPlan } from './session-plan.ts';
import { fewestForVerdict } from './verdict.ts';

const repository = resolve(import.meta.dirname, '../..');

export function startProgram() {
  return program('start', 'The whole pipeline on the embedded model: measure, collate, draw, report.', [
    ['npm start', 'everything with its defaults'],
    ['npm start -- --iterations 12', 'more rounds: narrower intervals, smaller differences are found'],
  ])
    .option('--output <dir>', 'folder of results', defaultOutput)
    .option(
      '--iterations <n>',
      `rounds, with a run of each framework (default: up to ${defaults.start.iterations}, ${fewestForVerdict} at least, in about ${defaults.start.measuringSeconds} s)`,
      wholeNumber(1, 100),
    );
}

/** The comparison that it makes, as the options of benchmark.ts: what is printed is what is run. */
export function comparisonWords({ output, iterations }: { output: string; iterations: number }): string[] {
  const { size, quantizations, threads, maxTokens, parityQuestions } = defaults.start;
  const values = { size, quantize: quantizations.join(','), iterations, threads, maxTokens, parityQuestions, output };
  return optionWords(sessionProgram(), values, { named: ['iterations', 'threads'] });
}

export async function startCommand(): Promise<void> {
  const options = startProgram().parse().opts();
  requireWritable(options.output);
  const signal = interruptSignal();

  const host = await describeHost(false);
  print(paint('bold', 'This machine'));
  print(`${host.cpuModel}, ${coresAndMemory(host)}, ${host.platform} ${host.release}`);
  const { working, missing } = await workingFrameworks(frameworks);
  print(`\n${paint('bold', 'Frameworks')}`);
  print(
    table(
      ['framework', ''],
      [
        ...working.map(({ title }) => [title, 'works']),
        ...missing.map(({ framework }) => [framework.title, 'missing']),
      ],
      'll',
    ),
  );
  for (const { framework, reason, remedy } of missing) print(`${framework.title}: ${reason}\n  next: ${remedy}`);
  if (working.length === 0) {
    throw new UserError('no framework works on this machine', {
      exitCode: exitCodes.missing,
      remedy: 'Install one of them as said above.',
    });
  }

  print(`\n${paint('bold', scriptLine('scripts/hardware-benchmark.ts', options.output))}`);
  await runStage('scripts/hardware-benchmark.ts', options.output).catch((error: unknown) => {
    if (signal.aborted) throw error;
    warn(`${oneLine(error)}; without it there is no MBU and no MFU`);
  });

  const { quantizations, measuringSeconds, threads } = defaults.start;
  const { iterations = defaults.start.iterations, output } = options;
  print(
    `\n${paint('bold', 'Measuring')} the embedded model in ${quantizations.join(', ')}, on ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
  );
  const line = progress('preparing');
  const words = comparisonWords({ output, iterations });
  const onPlan = (plan: SessionPlan) => {
    line.end();
    print(planText(plan, options.iterations === undefined));
    print(`This comparison by itself: ${shellLine([...startWords('scripts/benchmark.ts'), ...words])}`);
  };
  const session = await runSession(
    {
      ...sessionOptions(sessionProgram().parse(words, { from: 'user' }).opts(), working),
      withinMs: options.iterations === undefined ? measuringSeconds * 1000 : undefined,
      onPlan,
    },
    line,
    signal,
  ).finally(() => line.end());
  const rounds = Math.max(0, ...session.cells.map(({ runs }) => runs.length));
  if (!session.interrupted && rounds < iterations) {
    print(
      `The ${measuringSeconds} s for measuring were up after ${rounds} rounds; --iterations N takes as many as you say.`,
    );
  }
  const comparison = compareCells(session.cells, 'decode', session.references, session);
  keepNoiseFloor(options.output, hostnameOf(session), comparison.noiseFloor);
  print(`\n${comparisonText(comparison)}`);
  const needed = runsNeeded(comparison);
  if (needed !== null) print(`For a verdict: ${commandAgain({ iterations: needed })}`);
  if (session.interrupted) {
    process.exitCode = exitCodes.interrupted;
    return;
  }
  for (const stage of ['collate/all.ts', 'plots/generate.ts']) {
    print(`\n${paint('bold', scriptLine(stage, options.output))}`);
    await runStage(stage, options.output);
  }
  const report = resolve(options.output, 'report');
  print(`\n${paint('bold', 'Report')}`);
  for (const file of ['report.html', 'report.pdf', 'report.md']) print(`  ${pathToFileURL(join(report, file)).href}`);
}

async function runStage(script: string, output: string): Promise<void> {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), join(repository, script), '--output', output],
    {
      stdio: 'inherit',
    },
  );
  const [code] = await once(child, 'exit');
  if (code === 0) return;
  throw new UserError(`${script} ended with exit code ${code}; the measurements are kept in ${output}`, {
    remedy: `Run it again by hand: ${scriptLine(script, output)}`,
  });
}

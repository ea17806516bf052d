/**
 * `npm start`: the whole pipeline on the embedded model. Looks at the machine and at every framework, measures what works
 * in rounds enough for a verdict, collates, draws, and says where the report is.
 *
 *   npm start
 *   npm start -- --install
 *   npm start -- --output my_results --iterations 12
 */
import { exitCodes, missingError, oneLine, type UserError } from './command-line/errors.ts';
import { counted, milliseconds } from './command-line/format.ts';
import { interruptSignal } from './command-line/interrupt.ts';
import { run } from './command-line/program.ts';
import { type Progress, progress } from './command-line/progress.ts';
import { commandAgain, commandLine, shellLine, startWords } from './command-line/shell-line.ts';
import { paint, print, warn } from './command-line/terminal.ts';
import { compareCells } from './compare/comparison.ts';
import { comparisonText, runsNeeded } from './compare/comparison-text.ts';
import { hostnameOf, runSession, type SessionResult } from './compare/session.ts';
import { sessionOptions, sessionProgram } from './compare/session-options.ts';
import { planText, type SessionPlan } from './compare/session-plan.ts';
import { comparisonWords, StartTime, startProgram } from './compare/start-plan.ts';
import { ceilingsText, frameworksText, report } from './compare/start-report.ts';
import type { Framework } from './frameworks/framework.ts';
import { frameworks } from './frameworks/registry.ts';
import { environmentsCostText, installEnvironments } from './installation/installing.ts';
import { freshHardwareLog, hasThreads } from './log/hardware/hardware-log.ts';
import { requireWritable } from './log/run-log.ts';
import { type FrameworkSurvey, surveyFramework } from './machine/ceilings/framework-survey.ts';
import { runHardwareBenchmark } from './machine/ceilings/hardware-run.ts';
import { describeHost } from './machine/facts/host.ts';
import { coresAndMemory } from './machine/facts/usable.ts';
import { keepNoiseFloor } from './run/quality/run-quality.ts';
import { defaults } from './settings/defaults.ts';
import { mean } from './statistics/statistics.ts';
import { fewestForVerdict } from './statistics/verdict.ts';

const { start } = defaults;

async function startCommand(): Promise<void> {
  const options = startProgram().parse().opts();
  const { output, iterations } = options;
  requireWritable(output);
  const signal = interruptSignal();
  const budget = options.budget ?? (iterations === undefined ? start.budgetSeconds : null);
  const installedMs = options.install ? await installEverything(signal) : 0;
  const time = new StartTime(budget === null ? null : budget * 1000, start.reportSeconds * 1000, { installedMs });
  const line = progress('looking at this machine', process.stderr, (count) => time.leftMs(count));
  const tell = (text: string) => {
    line.end();
    print(text);
  };
  try {
    const host = await describeHost(false);
    tell(
      `${paint('bold', 'This machine')}\n${host.cpuModel}, ${coresAndMemory(host)}, ${host.platform} ${host.release}`,
    );
    const surveys = await survey(line, time, signal);
    tell(`\n${frameworksText(surveys, options.install)}`);
    const working = surveys.flatMap(({ framework, availability }) =>
      availability.status === 'available' ? [framework] : [],
    );
    if (working.length === 0) throw noneWorks();
    const ceilings = await measureCeilings(output, surveys, line, signal).catch((error: unknown) => {
      if (signal.aborted) throw error;
      line.end();
      warn(`the hardware benchmark failed: ${oneLine(error)}; without it there is no MBU and no MFU`);
      return null;
    });
    if (ceilings !== null) tell(`\n${ceilings}`);

    const session = await measure({ output, iterations, working, time }, line, tell, signal);
    const comparison = compareCells(session.cells, 'decode', session.references, session);
    keepNoiseFloor(output, hostnameOf(session), comparison.noiseFloor);
    tell(`\n${comparisonText(comparison)}`);
    const needed = runsNeeded(comparison);
    if (needed !== null) tell(`For a verdict: ${commandAgain({ iterations: needed })}`);
    if (session.interrupted) {
      process.exitCode = exitCodes.interrupted;
      return;
    }
    time.measured();
    tell(await report(output, line));
  } finally {
    line.end();
  }
}

/** @returns how long it took, in milliseconds */
async function installEverything(signal: AbortSignal): Promise<number> {
  const startedMs = performance.now();
  print(paint('bold', 'Installing'));
  const costs = await environmentsCostText();
  if (costs !== null) print(costs);
  const outcomes = await installEnvironments({ signal });
  const failed = outcomes.filter(({ failure }) => failure !== undefined);
  const tookMs = performance.now() - startedMs;
  const found = `${outcomes.length - failed.length} of ${counted(outcomes.length, 'frameworks')}`;
  print(`${found} that live in Python are installed, after ${milliseconds(tookMs)}\n`);
  return tookMs;
}

function noneWorks(): UserError {
  return missingError('no framework works on this machine', 'Install one of them as said above.');
}

/** Every framework, one after the other: one that starts beside others may take itself for hung. */
async function survey(line: Progress, time: StartTime, signal: AbortSignal): Promise<FrameworkSurvey[]> {
  const surveys: FrameworkSurvey[] = [];
  const startsMs: number[] = [];
  for (const framework of frameworks) {
    signal.throwIfAborted();
    line.stage(`looking for ${framework.title}`);
    const startedMs = performance.now();
    const found = await surveyFramework(framework, start.threads);
    if (found.availability.status === 'available') {
      startsMs.push(performance.now() - startedMs);
      time.surveyed(startsMs.length, mean(startsMs));
    }
    surveys.push(found);
  }
  return surveys;
}

/** Ceilings of the number of threads that the runs have; hardware-benchmark.ts measures all. */
async function measureCeilings(
  output: string,
  surveys: readonly FrameworkSurvey[],
  line: Progress,
  signal: AbortSignal,
): Promise<string | null> {
  const { threads } = start;
  const fresh = freshHardwareLog(output, await describeHost(false));
  const log =
    fresh !== null && hasThreads(fresh, threads)
      ? fresh
      : await runHardwareBenchmark(
          { output, anonymize: false, threads: [threads], surveys },
          commandLine(),
          line,
          signal,
        );
  return ceilingsText(log, threads, output);
}

interface Asked {
  output: string;
  iterations: number | undefined;
  working: readonly Framework[];
  time: StartTime;
}

function measure(
  { output, iterations, working, time }: Asked,
  line: Progress,
  tell: (text: string) => void,
  signal: AbortSignal,
): Promise<SessionResult> {
  const { quantizations, threads } = start;
  const on = threads === 1 ? '1 thread' : `${threads} threads`;
  tell(`\n${paint('bold', 'Measuring')} the embedded model in ${quantizations.join(', ')}, on ${on}`);
  const asked = { output, ...(iterations === undefined ? {} : { iterations }) };
  const words = comparisonWords(asked);
  const onPlan = (plan: SessionPlan) => {
    const { rounds, minSeconds, runs, expectedMs } = plan;
    if (expectedMs !== null) time.planned({ runs, rounds, expectedMs });
    const same = comparisonWords({ ...asked, iterations: rounds, ...(minSeconds === null ? {} : { minSeconds }) });
    tell(planText(plan, iterations === undefined && rounds > fewestForVerdict));
    tell(`This comparison by itself: ${shellLine([...startWords('scripts/benchmark.ts'), ...same])}`);
  };
  line.stage('preparing');
  return runSession(
    {
      ...sessionOptions(sessionProgram().parse(words, { from: 'user' }).opts(), working),
      endsAtMs: time.roundsEndAtMs,
      onPlan,
    },
    line,
    signal,
  );
}

await run(startCommand);

/**
 * Measures several frameworks and formats of the weights on the same shuffled questions: a fresh process per run,
 * interleaved so that drift hits all alike, and a comparison at the end. Raw logs go to <output>/raw/<framework>/.
 *
 *   npx tsx scripts/benchmark.ts --size tiny
 *   npx tsx scripts/benchmark.ts --frameworks llamacpp --size 1B --synthetic --quantize q8_0,q4_0
 */
import { exitCodes } from './command-line/errors.ts';
import { interruptSignal } from './command-line/interrupt.ts';
import { run } from './command-line/program.ts';
import { progress } from './command-line/progress.ts';
import { commandAgain, scriptLine } from './command-line/shell-line.ts';
import { print, printJson, say, tellNext, tellRawLogs, warn } from './command-line/terminal.ts';
import { type ComparisonResult, compareCells } from './compare/comparison.ts';
import { comparisonText, runsNeeded } from './compare/comparison-text.ts';
import { hostnameOf, runSession, type SessionResult } from './compare/session.ts';
import {
  precisionTarget,
  requireAnswers,
  type SessionOptionValues,
  sessionOptions,
  sessionProgram,
} from './compare/session-options.ts';
import { planText, type SessionPlan } from './compare/session-plan.ts';
import { sessionWarnings } from './compare/session-warnings.ts';
import { freshHardwareLog, hasThreads } from './log/hardware/hardware-log.ts';
import { requireWritable } from './log/run-log.ts';
import { stoppedText } from './log/statistics-text.ts';
import { describeHost, usableCores } from './machine/facts/host.ts';
import { requireKnownSize } from './models/model-options.ts';
import { keepNoiseFloor } from './run/quality/run-quality.ts';
import { chooseFrameworks } from './run/run-options.ts';
import { commonWarnings } from './run/run-warnings.ts';
import type { PrecisionTarget } from './statistics/stopping-rule.ts';

async function sessionCommand(): Promise<void> {
  const options = sessionProgram().parse().opts();
  requireAnswers(options);
  requireWritable(options.output);
  const until = precisionTarget(options);
  const signal = interruptSignal();
  requireKnownSize(options);
  const { chosen, notRun } = await chooseFrameworks(options.frameworks ?? ['auto'], options);
  const line = progress('preparing');
  let session: SessionResult;
  try {
    const onPlan = (plan: SessionPlan) => {
      line.end();
      say(planText(plan));
    };
    session = await runSession({ ...sessionOptions(options, chosen), onPlan }, line, signal);
  } finally {
    line.end();
  }
  const metric = options.workload === 'kernel' ? 'tg' : 'decode';
  const comparison = compareCells(session.cells, metric, session.references, session);
  keepNoiseFloor(options.output, hostnameOf(session), comparison.noiseFloor);
  const result = { ...comparison, notRun: [...comparison.notRun, ...notRun] };
  if (options.json) printJson({ session: session.uuid, stopped: session.stopped, ...result });
  else await tell(result, session, options, until);
  process.exitCode = exitCodeOf(session, result);
}

async function tell(
  result: ComparisonResult,
  session: SessionResult,
  { output, threads }: SessionOptionValues,
  until: PrecisionTarget | undefined,
): Promise<void> {
  print(comparisonText(result));
  const runs = session.cells.flatMap((cell) => cell.runs);
  if (session.stopped !== null && until !== undefined) say(stoppedText(session.stopped, until));
  for (const message of [...sessionWarnings(session.cells, result.metric), ...commonWarnings(runs)]) warn(message);
  await tellMissingCeilings(output, threads);
  tellRawLogs(output);
  const needed = runsNeeded(result);
  if (needed !== null) tellNext(`For a verdict: ${commandAgain({ iterations: needed })}`);
}

async function tellMissingCeilings(output: string, asked: number | undefined): Promise<void> {
  const fresh = freshHardwareLog(output, await describeHost(false));
  if (fresh !== null && hasThreads(fresh, asked ?? (await usableCores()))) return;
  tellNext(`For MBU and MFU, once a day: ${scriptLine('scripts/hardware-benchmark.ts', output)}`);
}

function exitCodeOf(session: SessionResult, result: ComparisonResult): number {
  if (session.interrupted) return exitCodes.interrupted;
  if (result.classes.length > 0)
    return [...result.notRun, ...result.notJudged].some(({ status }) => status === 'failed')
      ? exitCodes.failed
      : exitCodes.ok;
  const statuses = new Set(result.notRun.map(({ status }) => status));
  if (statuses.has('failed') || statuses.has('no rate')) return exitCodes.failed;
  return statuses.has('missing') ? exitCodes.missing : exitCodes.usage;
}

await run(sessionCommand);

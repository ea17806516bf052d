/** What `benchmark.ts` does: options, session, comparison table. */

import { exitCodes, UserError } from '../command-line/errors.ts';
import { interruptSignal } from '../command-line/interrupt.ts';
import { optionWords } from '../command-line/option-words.ts';
import { program } from '../command-line/program.ts';
import { progress } from '../command-line/progress.ts';
import { commandAgain, commandLine, scriptLine, shellLine, startWords } from '../command-line/shell-line.ts';
import { inGroup } from '../command-line/short-help.ts';
import { print, printJson, say, tellNext, tellRawLogs, warn } from '../command-line/terminal.ts';
import type { Framework } from '../frameworks/framework.ts';
import { frameworks } from '../frameworks/registry.ts';
import { freshHardwareLog, hasThreads } from '../log/hardware/hardware-log.ts';
import { requireWritable } from '../log/run-log.ts';
import { stoppedText } from '../log/statistics-text.ts';
import { describeHost, usableCores } from '../machine/facts/host.ts';
import { requireKnownSize, withModelVariants } from '../models/model-options.ts';
import { chooseFrameworks, frameworkList } from '../run/framework-choice.ts';
import { modelRequestsOf } from '../run/prepare.ts';
import { keepNoiseFloor } from '../run/quality/noise-floor-file.ts';
import { withEngineOptions, withFrameworkOptions, withOutputOptions, withWorkloadOptions } from '../run/run-options.ts';
import { commonWarnings } from '../run/run-warnings.ts';
import { addSettings } from '../settings/add-settings.ts';
import { choiceSettings, comparisonSettings } from '../settings/session-settings.ts';
import { namesOf } from '../settings/setting.ts';
import type { PrecisionTarget } from '../statistics/stopping-rule.ts';
import { withParityOptions } from '../workloads/parity/parity-pass.ts';
import { singleRunProgram } from '../workloads/single-run.ts';
import { type ComparisonResult, compareCells } from './comparison.ts';
import { comparisonText, runsNeeded } from './comparison-text.ts';
import { precisionTarget, withPrecisionOptions } from './precision-options.ts';
import { hostnameOf, runSession, type SessionOptions, type SessionResult } from './session.ts';
import { planText, type SessionPlan } from './session-plan.ts';
import { sessionWarnings } from './session-warnings.ts';

export function sessionProgram() {
  const command = program(
    'benchmark',
    'Measures several frameworks on the same shuffled questions, interleaved, a fresh process per run, and compares them.',
    [
      ['npx tsx scripts/benchmark.ts --size tiny', 'every framework that works here, in rounds enough for a verdict'],
      ['npx tsx scripts/benchmark.ts --size tiny --quantize f16,q8_0,q4_0', 'several formats of the weights'],
      ['npx tsx scripts/benchmark.ts --size tiny --until 2%', 'as many rounds as it takes for intervals of ±2 %'],
      ['npx tsx scripts/benchmark.ts --size tiny --noise-floor --retry 2', 'with A/A, and noisy runs again'],
      [
        'npx tsx scripts/benchmark.ts --size tiny --no-parity',
        'speed at once: ranked only where all outputs are equal',
      ],
      [
        'npx tsx scripts/benchmark.ts --frameworks llamacpp --algorithm llama --size 1B --synthetic',
        'one framework, no download',
      ],
    ],
  );
  const chosen = addSettings(command, namesOf(choiceSettings), { frameworks: { parse: frameworkList } });
  const compared = inGroup(chosen, 'Comparison:', (before) =>
    addSettings(withPrecisionOptions(withParityOptions(before)), namesOf(comparisonSettings)),
  );
  return withFrameworkOptions(withOutputOptions(withWorkloadOptions(withEngineOptions(withModelVariants(compared)))));
}

export async function sessionCommand(): Promise<void> {
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

/** Vectors have no greedy answers to hold against each other, so there is nothing by which to rank. */
function requireAnswers(options: SessionOptionValues): void {
  if (options.workload !== 'embedding') return;
  const framework = frameworks.find(
    ({ name, embeds }) => embeds === true && (options.frameworks ?? [name]).includes(name),
  );
  const { quantize, reference: _, ...alike } = options;
  const lines = quantize.map((format) => {
    if (framework === undefined) return '';
    const words = optionWords(singleRunProgram(framework).parsed, { ...alike, quantize: format });
    return shellLine([...startWords(`scripts/${framework.name}-benchmark.ts`), ...words]);
  });
  throw new UserError('benchmark.ts compares answers, and the embedding workload gives vectors', {
    exitCode: exitCodes.usage,
    remedy: `Measure each format by itself, and compare with collate/analyze.ts: ${lines.join(' && ')}`,
  });
}

type SessionOptionValues = ReturnType<ReturnType<typeof sessionProgram>['opts']>;

export function sessionOptions(
  options: SessionOptionValues,
  frameworks: readonly Framework[],
): Omit<SessionOptions, 'onPlan'> {
  return {
    ...options,
    until: precisionTarget(options),
    frameworks,
    quantizations: options.quantize,
    modelRequest: modelRequestsOf(options),
    command: commandLine(),
  };
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

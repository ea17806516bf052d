/** What `benchmark.ts` does: options, session, comparison table. */

import { exitCodes, UserError } from '../command-line/errors.ts';
import { interruptSignal } from '../command-line/interrupt.ts';
import { commaList, wholeNumber } from '../command-line/options.ts';
import { program } from '../command-line/program.ts';
import { progress } from '../command-line/progress.ts';
import { paint, say, warn } from '../command-line/terminal.ts';
import { freshHardwareLog } from '../hardware/hardware-log.ts';
import { describeHost } from '../hardware/host.ts';
import { withModelVariants } from '../models/model-options.ts';
import { modelRequestsOf } from './cells.ts';
import { keepNoiseFloor } from './certificate/noise-floor-file.ts';
import { commonWarnings } from './common-warnings.ts';
import { type ComparisonResult, compareCells } from './comparison.ts';
import { comparisonText } from './comparison-text.ts';
import { chooseFrameworks } from './framework-choice.ts';
import { withFrameworkOptions } from './framework-options.ts';
import { withParityOptions } from './parity/parity-options.ts';
import { precisionTarget, withPrecisionOptions } from './precision-options.ts';
import { requireWritable } from './run-log.ts';
import { withEngineOptions, withOutputOptions, withWorkloadOptions } from './run-options.ts';
import { defaults, type NamedWorkload } from './run-plan.ts';
import { hostnameOf, runSession, type SessionResult } from './session.ts';
import { planText } from './session-plan.ts';
import { sessionWarnings } from './session-warnings.ts';
import { commandLine } from './single-run.ts';
import { type PrecisionTarget, stoppedText } from './stopping-rule.ts';

/** Vectors have no greedy answers to hold against each other, so there is nothing by which to rank. */
function requireAnswers(workload: NamedWorkload): void {
  if (workload !== 'embedding') return;
  throw new UserError('benchmark.ts compares answers, and the embedding workload gives vectors', {
    exitCode: exitCodes.usage,
    remedy:
      'Measure each format with `tsx scripts/llamacpp-benchmark.ts --workload embedding`; collate/analyze.ts compares.',
  });
}

export async function sessionCommand(): Promise<void> {
  const command = program(
    'benchmark',
    'Measures several frameworks on the same shuffled questions, interleaved, a fresh process per run, and compares them.',
    [
      ['tsx scripts/benchmark.ts --size tiny', 'every framework that works here, in rounds enough for a verdict'],
      ['tsx scripts/benchmark.ts --size tiny --quantize f16,q8_0,q4_0', 'several formats of the weights'],
      ['tsx scripts/benchmark.ts --size tiny --until 2%', 'as many rounds as it takes for intervals of ±2 %'],
      ['tsx scripts/benchmark.ts --size tiny --noise-floor --retry 2', 'with A/A, and noisy runs again'],
      ['tsx scripts/benchmark.ts --size tiny --no-parity', 'speed at once: ranked only where all outputs are equal'],
      [
        'tsx scripts/benchmark.ts --frameworks llamacpp --algorithm llama --size 1B --synthetic',
        'one framework, no download',
      ],
    ],
  )
    .option('--frameworks <list>', 'names separated by commas (default: auto, every one that works)', commaList)
    .option(
      '--iterations <n>',
      `rounds, with a run of each framework and format (default: what finds a difference of ${defaults.comparison.effect * 100} %)`,
      wholeNumber(1, 1000),
    )
    .option('--no-parity', 'do not hold the answers against a reference first')
    .option(
      '--noise-floor',
      'measure the first of them as two identical ones (A/A): what this machine tells apart',
      false,
    )
    .option('--retry <n>', 'repeat a run whose certificate failed, at most so many times', wholeNumber(0, 100), 0);
  const options = withFrameworkOptions(
    withOutputOptions(
      withParityOptions(withWorkloadOptions(withEngineOptions(withModelVariants(withPrecisionOptions(command))))),
    ),
  )
    .parse()
    .opts();

  requireAnswers(options.workload);
  requireWritable(options.output);
  const until = precisionTarget(options);
  const signal = interruptSignal();
  const { chosen, notRun } = await chooseFrameworks(options.frameworks ?? ['auto']);
  const line = progress('preparing');
  let session: SessionResult;
  try {
    session = await runSession(
      {
        ...options,
        until,
        frameworks: chosen,
        quantizations: options.quantize,
        modelRequest: modelRequestsOf(options),
        command: commandLine(),
        onPlan: (plan) => {
          line.end();
          say(planText(plan));
        },
      },
      line,
      signal,
    );
  } finally {
    line.end();
  }
  const metric = options.workload === 'kernel' ? 'tg' : 'decode';
  const comparison = compareCells(session.cells, metric, session.references, session);
  keepNoiseFloor(options.output, hostnameOf(session), comparison.noiseFloor);
  const result = { ...comparison, notRun: [...comparison.notRun, ...notRun] };
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ session: session.uuid, stopped: session.stopped, ...result }, null, 2)}\n`,
    );
  else await tell(result, session, options.output, until);
  process.exitCode = exitCodeOf(session, result);
}

async function tell(
  result: ComparisonResult,
  session: SessionResult,
  output: string,
  until: PrecisionTarget | undefined,
): Promise<void> {
  process.stdout.write(`${comparisonText(result)}\n`);
  const runs = session.cells.flatMap((cell) => cell.runs);
  if (session.stopped !== null && until !== undefined) say(stoppedText(session.stopped, until));
  for (const message of [...sessionWarnings(session.cells, result.metric), ...commonWarnings(runs)]) warn(message);
  await tellMissingCeilings(output);
  say(paint('dim', `Raw logs: ${output}/raw. Next: tsx collate/all.ts --output ${output}`, process.stderr));
}

async function tellMissingCeilings(output: string): Promise<void> {
  if (freshHardwareLog(output, await describeHost(false)) !== null) return;
  say(
    paint('dim', `For MBU and MFU, once a day: tsx scripts/hardware-benchmark.ts --output ${output}`, process.stderr),
  );
}

function exitCodeOf(session: SessionResult, result: ComparisonResult): number {
  if (session.interrupted) return exitCodes.interrupted;
  if (result.classes.length > 0)
    return result.notRun.some(({ status }) => status === 'failed') ? exitCodes.failed : exitCodes.ok;
  const statuses = new Set(result.notRun.map(({ status }) => status));
  if (statuses.has('failed') || statuses.has('no rate')) return exitCodes.failed;
  return statuses.has('missing') ? exitCodes.missing : exitCodes.usage;
}

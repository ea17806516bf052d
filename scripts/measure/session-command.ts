/** What `benchmark.ts` does: options, session, comparison table. */

import { exitCodes } from '../command-line/errors.ts';
import { interruptSignal } from '../command-line/interrupt.ts';
import { commaList, wholeNumber } from '../command-line/options.ts';
import { program } from '../command-line/program.ts';
import { progress } from '../command-line/progress.ts';
import { paint, say, warn } from '../command-line/terminal.ts';
import type { Framework } from '../frameworks/framework.ts';
import { frameworkNamed, frameworks } from '../frameworks/registry.ts';
import { modelRequestOf, withModelVariants } from '../models/model-options.ts';
import { commonWarnings } from './common-warnings.ts';
import { type ComparisonResult, compareCells } from './comparison.ts';
import { comparisonText } from './comparison-text.ts';
import { requireWritable } from './run-log.ts';
import { withEngineOptions, withOutputOptions, withWorkloadOptions } from './run-options.ts';
import { defaults } from './run-plan.ts';
import { runSession, type SessionResult, workingFrameworks } from './session.ts';
import { commandLine } from './single-run.ts';

export async function sessionCommand(): Promise<void> {
  const command = program(
    'benchmark',
    'Measures several frameworks on the same shuffled questions, interleaved, a fresh process per run, and compares them.',
    [
      ['tsx scripts/benchmark.ts --size tiny --iterations 5', 'every framework that works here'],
      ['tsx scripts/benchmark.ts --size tiny --quantize f16,q8_0,q4_0', 'several formats of the weights'],
      [
        'tsx scripts/benchmark.ts --frameworks llamacpp --algorithm llama --size 1B --synthetic',
        'one framework, no download',
      ],
    ],
  )
    .option('--frameworks <list>', 'names separated by commas (default: auto, every one that works)', commaList)
    .option(
      '--iterations <n>',
      'runs of each framework and format',
      wholeNumber(1, 1000),
      defaults.comparison.iterations,
    );
  const options = withOutputOptions(withWorkloadOptions(withEngineOptions(withModelVariants(command))))
    .parse()
    .opts();

  requireWritable(options.output);
  const signal = interruptSignal();
  const { chosen, notRun } = await choose(options.frameworks ?? ['auto']);
  const line = progress('preparing');
  let session: SessionResult;
  try {
    session = await runSession(
      {
        ...options,
        frameworks: chosen,
        quantizations: options.quantize,
        modelRequest: (framework, quantize) =>
          modelRequestOf({ ...options, quantize }, { seed: options.seed, formats: framework.quantizations }),
        command: commandLine(),
      },
      line,
      signal,
    );
  } finally {
    line.end();
  }
  const comparison = compareCells(session.cells, options.workload === 'kernel' ? 'tg' : 'decode');
  const result = { ...comparison, notRun: [...comparison.notRun, ...notRun] };
  if (options.json) process.stdout.write(`${JSON.stringify({ session: session.uuid, ...result }, null, 2)}\n`);
  else tell(result, session, options.output);
  process.exitCode = exitCodeOf(session, result);
}

/** Named frameworks are run, or reported, as asked; `auto` leaves out what is missing and says so. */
async function choose(names: readonly string[]): Promise<{ chosen: Framework[]; notRun: ComparisonResult['notRun'] }> {
  if (!names.includes('auto')) return { chosen: [...new Set(names)].map(frameworkNamed), notRun: [] };
  const { working, missing } = await workingFrameworks(frameworks);
  return {
    chosen: working,
    notRun: missing.map(({ framework, reason, remedy }) => ({
      framework: framework.name,
      quantize: '-',
      status: 'missing',
      reason,
      remedy,
    })),
  };
}

function tell(result: ComparisonResult, session: SessionResult, output: string): void {
  process.stdout.write(`${comparisonText(result)}\n`);
  const runs = session.cells.flatMap((cell) => cell.runs);
  for (const message of commonWarnings(runs)) warn(message);
  say(paint('dim', `Raw logs: ${output}/raw. Next: tsx collate/all.ts --output ${output}`, process.stderr));
}

function exitCodeOf(session: SessionResult, result: ComparisonResult): number {
  if (session.interrupted) return exitCodes.interrupted;
  if (result.classes.length > 0)
    return result.notRun.some(({ status }) => status === 'failed') ? exitCodes.failed : exitCodes.ok;
  return result.notRun.every(({ status }) => status === 'missing') ? exitCodes.missing : exitCodes.failed;
}

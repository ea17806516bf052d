/** What `perplexity.ts` does: options, the text, the reference, every framework and format, one table. */
import { randomUUID } from 'node:crypto';
import { interruptSignal } from '../../command-line/interrupt.ts';
import { program } from '../../command-line/program.ts';
import { progress } from '../../command-line/progress.ts';
import { print, printJson, tellRawLogs } from '../../command-line/terminal.ts';
import { requireWritable } from '../../log/run-log.ts';
import { requireKnownSize, withModelVariants } from '../../models/model-options.ts';
import { modelRequestsOf, planBase } from '../../run/prepare.ts';
import { exitCodeOf } from '../../run/refusal.ts';
import {
  chooseFrameworks,
  frameworkList,
  withEngineOptions,
  withFrameworkOptions,
  withOutputOptions,
} from '../../run/run-options.ts';
import { resolveTrials } from '../trials.ts';
import { measureLikelihood, withLikelihoodOptions } from './likelihood-pass.ts';
import { type LikelihoodResult, likelihoodResult, likelihoodText } from './likelihood-text.ts';
import { defaultTextFile, readText } from './workload.ts';

export function perplexityProgram() {
  const command = program(
    'perplexity',
    'Scores a text as llama-perplexity does: perplexity, and against a reference KL divergence, top-1 agreement and probability shift.',
    [
      ['npx tsx scripts/perplexity.ts --size tiny --quantize f16,q8_0,q4_0', 'every framework that works here'],
      [
        'npx tsx scripts/perplexity.ts --model ./model.gguf --text ./book.txt --no-reference',
        'perplexity alone, at full speed',
      ],
      [
        'npx tsx scripts/perplexity.ts --size 1B --quantize q8_0,q4_0 --reference llamacpp:f16 --chunks 20',
        'against F16, on part of the text',
      ],
    ],
  ).option('--frameworks <list>', 'names separated by commas (default: auto, every one that works)', frameworkList);
  return withFrameworkOptions(withOutputOptions(withLikelihoodOptions(withEngineOptions(withModelVariants(command)))));
}

export async function perplexityCommand(): Promise<void> {
  const options = perplexityProgram().parse().opts();
  requireWritable(options.output);
  const signal = interruptSignal('Stopping; the logs so far are kept.');
  const text = await readText(options.text ?? defaultTextFile);
  requireKnownSize(options);
  const { chosen, notRun } = await chooseFrameworks(options.frameworks ?? ['auto'], options);
  const modelRequest = modelRequestsOf(options);
  const session = randomUUID();
  const line = progress('preparing');
  let result: LikelihoodResult;
  try {
    const cellOptions = { ...options, frameworks: chosen, quantizations: options.quantize, modelRequest };
    const { cells, runnable } = await resolveTrials(cellOptions, line, signal);
    const { groups, standingOf } = await measureLikelihood(
      runnable,
      {
        ...options,
        ...planBase(options),
        text,
        reference: options.reference === false ? null : options.reference,
        modelRequest,
        session,
      },
      line,
      signal,
    );
    const standings = new Map(runnable.map((cell) => [cell.compared, standingOf(cell)]));
    result = likelihoodResult(cells, standings, groups);
  } finally {
    line.end();
  }
  result.notScored.push(...notRun);
  if (options.json) printJson({ session, ...result });
  else print(likelihoodText(result));
  if (!options.json) tellRawLogs(options.output);
  const wanted = options.frameworks !== undefined || result.rows.length === 0;
  const statuses = result.notScored.map(({ status }) => status);
  process.exitCode = exitCodeOf(statuses, { interrupted: signal.aborted, wanted });
}

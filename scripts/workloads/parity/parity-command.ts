/** What `parity.ts` does: options, the reference, every framework and format held against it, one table. */
import { randomUUID } from 'node:crypto';
import { interruptSignal } from '../../command-line/interrupt.ts';
import { wholeNumber } from '../../command-line/options.ts';
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
import { defaults } from '../../settings/defaults.ts';
import { defaultQuestionsFile, readQuestions } from '../questions/questions.ts';
import { resolveTrials } from '../trials.ts';
import { checkParity, withParityOptions } from './parity-pass.ts';
import { type ParityResult, parityResult, parityText } from './parity-text.ts';

export function parityProgram() {
  const command = program(
    'parity',
    "Holds frameworks against a reference: the same prompt ids, greedy answers token by token, and the logits along the reference's answers.",
    [
      ['npx tsx scripts/parity.ts --size tiny --quantize f16,q8_0,q4_0', 'every framework that works here'],
      ['npx tsx scripts/parity.ts --frameworks llamacpp --size 135M --synthetic', 'without a download'],
      ['npx tsx scripts/parity.ts --size tiny --reference llamacpp:same', 'the framework alone, not the format'],
    ],
  )
    .option('--frameworks <list>', 'names separated by commas (default: auto, every one that works)', frameworkList)
    .option('--questions <file>', 'question file (default: configs/questions.json)')
    .option(
      '--max-tokens <n>',
      `most tokens per answer (default: ${defaults.maxTokens} for the embedded model, else ${defaults.parity.maxTokens})`,
      wholeNumber(1),
    );
  return withFrameworkOptions(withOutputOptions(withParityOptions(withEngineOptions(withModelVariants(command)))));
}

export async function parityCommand(): Promise<void> {
  const options = parityProgram().parse().opts();
  requireWritable(options.output);
  const signal = interruptSignal('Stopping; the logs so far are kept.');
  const questionSet = await readQuestions(options.questions ?? defaultQuestionsFile);
  requireKnownSize(options);
  const { chosen, notRun } = await chooseFrameworks(options.frameworks ?? ['auto'], options);
  const modelRequest = modelRequestsOf(options);
  const session = randomUUID();
  const line = progress('preparing');
  let result: ParityResult;
  try {
    const cellOptions = { ...options, frameworks: chosen, quantizations: options.quantize, modelRequest };
    const { cells, runnable } = await resolveTrials(cellOptions, line, signal);
    const checkOptions = { ...options, ...planBase(options), questionSet, session, modelRequest };
    const { groups, standingOf } = await checkParity(runnable, checkOptions, line, signal);
    for (const cell of runnable) cell.compared.parity = standingOf(cell);
    result = parityResult(cells, groups);
  } finally {
    line.end();
  }
  result.notJudged.push(...notRun);
  if (options.json) printJson({ session, ...result });
  else print(parityText(result));
  if (!options.json) tellRawLogs(options.output);
  const { references, rows, notJudged } = result;
  const statuses = [...[...references, ...rows].map(({ standing }) => standing), ...notJudged].map(
    ({ status }) => status,
  );
  const wanted = options.frameworks !== undefined || rows.length === 0;
  process.exitCode = exitCodeOf(statuses, { interrupted: signal.aborted, wanted });
}

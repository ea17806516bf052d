/** What `verifiers-sweep.ts` does: options, tasks, every framework and format on the same items, tables. */
import { exitCodes } from '../../command-line/errors.ts';
import { interruptSignal } from '../../command-line/interrupt.ts';
import { commaList, realNumber, wholeNumber } from '../../command-line/options.ts';
import { program } from '../../command-line/program.ts';
import { progress } from '../../command-line/progress.ts';
import { paint, say, warn } from '../../command-line/terminal.ts';
import { modelRequestsOf } from '../../measure/cells.ts';
import { chooseFrameworks } from '../../measure/framework-choice.ts';
import { withFrameworkOptions } from '../../measure/framework-options.ts';
import { defaultQuestionsFile } from '../../measure/questions.ts';
import { requireWritable } from '../../measure/run-log.ts';
import { withEngineOptions, withOutputOptions } from '../../measure/run-options.ts';
import { defaults } from '../../measure/run-plan.ts';
import { commandLine } from '../../measure/single-run.ts';
import { withModelVariants } from '../../models/model-options.ts';
import { jsonlTask } from '../jsonl.ts';
import { taskNamed, tasks } from '../registry.ts';
import type { Task } from '../task.ts';
import { type AccuracyResult, accuracyResult } from './accuracy-result.ts';
import { type AccuracySweep, sweepAccuracy } from './accuracy-sweep.ts';
import { accuracyText } from './accuracy-text.ts';
import { prepareTasks } from './task-items.ts';

export async function accuracyCommand(): Promise<void> {
  const options = accuracyOptions().parse().opts();
  requireWritable(options.output);
  const chosenTasks = tasksOf(options);
  const prepared = await prepareTasks(chosenTasks, { seed: options.seed, count: options.items }, options.maxTokens);
  const signal = interruptSignal('Stopping; finished tasks are kept. Start again to go on. Ctrl-C again ends at once.');
  const { chosen, notRun } = await chooseFrameworks(options.frameworks ?? ['auto']);
  const line = progress('preparing');
  let sweep: AccuracySweep;
  try {
    const modelRequest = modelRequestsOf(options);
    const cells = { frameworks: chosen, quantizations: options.quantize, modelRequest };
    sweep = await sweepAccuracy({ ...options, ...cells, command: commandLine() }, prepared, line, signal);
  } finally {
    line.end();
  }
  sweep.notRun.push(...notRun);
  const result = accuracyResult(sweep, prepared, options.temperature);
  process.stdout.write(`${options.json ? JSON.stringify(result, null, 2) : accuracyText(result)}\n`);
  tellDoubts(result);
  if (!options.json) {
    const { output } = options;
    say(paint('dim', `Raw logs: ${output}/raw. Next: tsx collate/all.ts --output ${output}`, process.stderr));
  }
  process.exitCode = exitCodeOf(sweep, options.frameworks !== undefined);
}

function accuracyOptions() {
  const names = tasks(defaultQuestionsFile).map(({ name, levels }) =>
    levels === undefined ? name : `${name} (levels to ${name}:${levels.count})`,
  );
  const command = program(
    'verifiers-sweep',
    'Asks every framework and every format of the weights the same items of some tasks, judges the answers, and compares them item by item.',
    [
      ['tsx scripts/verifiers-sweep.ts --size tiny --quantize f16,q8_0,q4_0', 'all tasks, every framework that works'],
      ['tsx scripts/verifiers-sweep.ts --frameworks llamacpp --size 1B --tasks arithmetic:2 --items 200', 'one task'],
      ['tsx scripts/verifiers-sweep.ts --size 1B --data gsm8k.jsonl --max-tokens 400', 'pairs of a file of your own'],
      ['tsx scripts/verifiers-sweep.ts --size tiny --fresh', 'again, whatever is finished already'],
    ],
  )
    .option('--frameworks <list>', 'names separated by commas (default: auto, every one that works)', commaList)
    .option(
      '--tasks <list>',
      `tasks separated by commas: ${names.join(', ')} (default: all; with --data none beside it)`,
      commaList,
    )
    .option(
      '--data <file>',
      'JSON Lines file of question and answer pairs, GSM8K too; may be given several times',
      (file: string, before: string[]) => [...before, file],
      [] as string[],
    )
    .option('--questions <file>', 'file of the task questions (default: configs/questions.json)')
    .option('--items <n>', 'items of each task, at most', wholeNumber(1, 1_000_000), defaults.accuracy.items)
    .option('--max-tokens <n>', 'most tokens per answer (default: the limit of each task)', wholeNumber(1))
    .option('--temperature <t>', 'sampling temperature; 0 is greedy', realNumber(0), defaults.temperature)
    .option('--fresh', 'ask again what an earlier run in the folder of results has finished', false);
  return withFrameworkOptions(withOutputOptions(withEngineOptions(withModelVariants(command))));
}

function tasksOf(options: {
  tasks?: string[] | undefined;
  data: readonly string[];
  questions?: string | undefined;
}): Task[] {
  const all = tasks(options.questions ?? defaultQuestionsFile);
  const named = options.tasks ?? (options.data.length > 0 ? [] : all.map(({ name }) => name));
  return [...named.map((name) => taskNamed(name, all)), ...options.data.map(jsonlTask)];
}

/** A limit that cuts answers makes a model look worse than it is. */
function tellDoubts({ rows }: AccuracyResult): void {
  for (const { task, framework, quantize, cutAnswers, answers, maxTokens } of rows) {
    if (cutAnswers * 10 < answers || cutAnswers === 0) continue;
    warn(
      `${task}, ${framework} ${quantize}: ${cutAnswers} of ${answers} answers were cut at the limit of ${maxTokens} tokens or with the context; raise it with --max-tokens N`,
    );
  }
}

/** @param named whether the person named the frameworks, so that one that is missing was wanted */
function exitCodeOf({ answered, notRun, interrupted }: AccuracySweep, named: boolean): number {
  if (interrupted) return exitCodes.interrupted;
  const statuses = new Set(notRun.map(({ status }) => status));
  if (statuses.has('failed')) return exitCodes.failed;
  if (statuses.has('missing') && (named || answered.length === 0)) return exitCodes.missing;
  return answered.length === 0 ? exitCodes.usage : exitCodes.ok;
}

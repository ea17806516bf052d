/** What `verifiers-sweep.ts` does: options, tasks, every framework and format on the same items, tables. */
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { interruptSignal } from '../../command-line/interrupt.ts';
import { commaList } from '../../command-line/options.ts';
import { addSettings } from '../../command-line/parsing/add-settings.ts';
import { program } from '../../command-line/program.ts';
import { progress } from '../../command-line/progress.ts';
import { commandLine } from '../../command-line/shell-line.ts';
import { print, printJson, tellRawLogs, warn } from '../../command-line/terminal.ts';
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
import { namesOf } from '../../settings/setting.ts';
import { accuracySettings } from '../../settings/workload-settings.ts';
import { withLikelihoodOptions } from '../perplexity/likelihood-pass.ts';
import { defaultTextFile, readText, type ScoredText } from '../perplexity/workload.ts';
import { defaultQuestionsFile } from '../questions/questions.ts';
import { type AccuracyResult, accuracyResult } from './accuracy-result.ts';
import { type AccuracySweep, sweepAccuracy } from './accuracy-sweep.ts';
import { accuracyText } from './accuracy-text.ts';
import { prepareTasks } from './task-items.ts';
import { jsonlTask } from './tasks/jsonl.ts';
import { taskNamed, tasks } from './tasks/registry.ts';
import type { Task } from './tasks/task.ts';
import { scoreText, type TextLikelihood } from './text-likelihood.ts';

export async function accuracyCommand(): Promise<void> {
  const options = accuracyProgram().parse().opts();
  requireWritable(options.output);
  const chosenTasks = tasksOf(options);
  const prepared = await prepareTasks(chosenTasks, { seed: options.seed, count: options.items }, options.maxTokens);
  const text = await textOf(options);
  const signal = interruptSignal('Stopping; finished tasks are kept. Start again to go on.');
  requireKnownSize(options);
  const { chosen, notRun } = await chooseFrameworks(options.frameworks ?? ['auto'], options);
  const line = progress('preparing');
  let sweep: AccuracySweep;
  let likelihood: TextLikelihood | null = null;
  let withoutText: UserError | null = null;
  try {
    const modelRequest = modelRequestsOf(options);
    const cells = { frameworks: chosen, quantizations: options.quantize, modelRequest };
    const command = commandLine();
    sweep = await sweepAccuracy({ ...options, ...cells, command }, prepared, line, signal);
    if (text !== null && !signal.aborted) {
      const { session, runnable } = sweep;
      // What is missing is a row already.
      const there = runnable.filter(({ compared }) => compared.problems.every(({ status }) => status !== 'missing'));
      const reference = options.reference === false ? null : options.reference;
      const textOptions = { ...options, ...planBase(options), text, reference, modelRequest, session };
      likelihood = await scoreText(there, textOptions, line, signal).catch((error: unknown) => {
        if (!(error instanceof UserError)) throw error;
        withoutText = error;
        return null;
      });
    }
  } finally {
    line.end();
  }
  sweep.notRun.push(...notRun);
  const result = accuracyResult(sweep, prepared, options.temperature, likelihood);
  if (options.json) printJson(result);
  else print(accuracyText(result));
  tellDoubts(result);
  if (!options.json) tellRawLogs(options.output);
  // What the tasks found is told before what the text lacked.
  if (withoutText !== null) throw withoutText;
  const { answered, interrupted } = sweep;
  const statuses = [...sweep.notRun, ...(likelihood?.notScored ?? [])].map(({ status }) => status);
  const exitCode = exitCodeOf(statuses, {
    interrupted,
    wanted: options.frameworks !== undefined || answered.length === 0,
  });
  process.exitCode = exitCode === exitCodes.ok && answered.length === 0 ? exitCodes.usage : exitCode;
}

export function accuracyProgram() {
  const names = tasks(defaultQuestionsFile).map(({ name, levels }) =>
    levels === undefined ? name : `${name} (levels to ${name}:${levels.count})`,
  );
  const command = program(
    'verifiers-sweep',
    'Asks every framework and every format of the weights the same items of some tasks, judges the answers, and compares them item by item.',
    [
      ['npx tsx scripts/verifiers-sweep.ts --size tiny --quantize f16,q8_0,q4_0', 'all tasks and a text'],
      [
        'npx tsx scripts/verifiers-sweep.ts --frameworks llamacpp --size 1B --tasks arithmetic:2 --items 200',
        'one task',
      ],
      [
        'npx tsx scripts/verifiers-sweep.ts --size 1B --data gsm8k.jsonl --max-tokens 400',
        'pairs of a file of your own',
      ],
      ['npx tsx scripts/verifiers-sweep.ts --size tiny --fresh', 'again, whatever is finished already'],
    ],
  ).option(
    '--data <file>',
    'JSON Lines file of question and answer pairs, GSM8K too; may be given several times',
    (file: string, before: string[]) => [...before, file],
    [] as string[],
  );
  const tasked = addSettings(
    command,
    ['frameworks', 'questions', 'maxTokens', 'temperature', ...namesOf(accuracySettings)],
    {
      frameworks: { parse: frameworkList },
      tasks: {
        parse: commaList,
        help: `tasks separated by commas: ${names.join(', ')} (default: all; with --data none beside it)`,
      },
      questions: { help: 'file of the task questions (default: configs/questions.json)' },
      maxTokens: { optional: true, help: 'most tokens per answer (default: the limit of each task)' },
    },
  );
  return withFrameworkOptions(
    withOutputOptions(
      withLikelihoodOptions(withEngineOptions(withModelVariants(tasked))).option(
        '--no-text',
        'tasks alone; a text is scored too unless --tasks or --data is given without --text',
      ),
    ),
  );
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

/** Null where none is scored: the choice of some tasks is one of these alone. */
async function textOf(options: {
  tasks?: string[] | undefined;
  data: readonly string[];
  text?: string | false | undefined;
}): Promise<ScoredText | null> {
  const { text, tasks: named, data } = options;
  if (text === false) return null;
  if (text === undefined && (named !== undefined || data.length > 0)) return null;
  return readText(text ?? defaultTextFile);
}

/** More cut answers than this share are worth a warning. */
const manyCut = 0.1;

/** A limit that cuts answers makes a model look worse than it is. */
function tellDoubts({ rows }: AccuracyResult): void {
  for (const { task, framework, quantize, cutAnswers, contextEnded, answers, items, maxTokens } of rows) {
    const name = `${task}, ${framework} ${quantize}`;
    if (contextEnded > 0) {
      warn(
        `${name}: ${contextEnded} of ${items} items ran out of context and count as wrong; use a larger --context, or a smaller --max-tokens`,
      );
    } else if (cutAnswers > answers * manyCut) {
      warn(
        `${name}: ${cutAnswers} of ${answers} answers were cut at the limit of ${maxTokens} tokens; raise it with --max-tokens N`,
      );
    }
  }
}

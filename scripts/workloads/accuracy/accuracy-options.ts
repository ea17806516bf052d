/** The options of `verifiers-sweep.ts`, and the tasks and the text that they choose. */
import { commaList } from '../../command-line/options.ts';
import { addSettings } from '../../command-line/parsing/add-settings.ts';
import { program } from '../../command-line/program.ts';
import { withModelVariants } from '../../models/model-options.ts';
import { frameworkList, withEngineOptions, withFrameworkOptions, withOutputOptions } from '../../run/run-options.ts';
import { namesOf } from '../../settings/setting.ts';
import { accuracySettings } from '../../settings/workload-settings.ts';
import { defaultTextFile, readText, type ScoredText } from '../perplexity/text.ts';
import { defaultQuestionsFile } from '../questions/questions.ts';
import { withLikelihoodOptions } from '../reference/comparison-options.ts';
import { jsonlTask } from './tasks/jsonl.ts';
import { taskNamed, tasks } from './tasks/registry.ts';
import type { Task } from './tasks/task.ts';

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

type AccuracyOptions = ReturnType<ReturnType<typeof accuracyProgram>['opts']>;

export function tasksOf(options: Pick<AccuracyOptions, 'tasks' | 'data' | 'questions'>): Task[] {
  const all = tasks(options.questions ?? defaultQuestionsFile);
  const named = options.tasks ?? (options.data.length > 0 ? [] : all.map(({ name }) => name));
  return [...named.map((name) => taskNamed(name, all)), ...options.data.map(jsonlTask)];
}

/** Null where none is scored: the choice of some tasks is one of these alone. */
export async function textOf({
  text,
  tasks: named,
  data,
}: Pick<AccuracyOptions, 'text' | 'tasks' | 'data'>): Promise<ScoredText | null> {
  if (text === false) return null;
  if (text === undefined && (named !== undefined || data.length > 0)) return null;
  return readText(text ?? defaultTextFile);
}

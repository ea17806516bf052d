/**
 * `accuracy.csv`: a row per run and task, and one per run and text whose likelihood was measured, each kind leaving the columns
 * of the other empty. `accuracy_items.csv`: a row per item of a task, as a run answered it.
 */

import type { Run } from '../../results/run.ts';
import { type OfRun, runFacts } from '../../results/run-facts.ts';
import { columnsOf, columnsOfPart, type RowOf, table } from '../../results/table.ts';
import { likelihoodColumns, type ScoredText, scoredText } from '../perplexity/tables.ts';
import { type TaskFigures, taskFigures } from './figures.ts';
import type { TaskItemRecord, TaskRecord, TaskResultRecord } from './records.ts';

interface AnsweredItems {
  record: TaskRecord;
  /** As far as they got. */
  items: TaskItemRecord[];
  /** Null where the run ended before. */
  result: TaskResultRecord | null;
}

interface OfMeasure extends OfRun {
  run: Run;
  /** Null in a row of a text. */
  task: (AnsweredItems & { figures: TaskFigures }) | null;
  /** Null in a row of a task. */
  scored: ScoredText | null;
}

const { text, number, flag } = columnsOf<OfMeasure>();
const task = columnsOfPart((of: OfMeasure) => of.task);
const record = columnsOfPart((of: OfMeasure) => of.task?.record);
const figures = columnsOfPart((of: OfMeasure) => of.task?.figures);

/** Columns of rows with the measure `task`. */
const taskColumns = [
  record.text('task', 'Task', 'name of the task; of a file of pairs with its name: jsonl:FILE').at('task'),
  record.text('task_title', 'What it asks', 'the task in words').at('title'),
  flag('complete', 'Complete', 'false: the run ended before the last item').of(({ task, scored }) =>
    task === null ? scored?.complete : task.result !== null,
  ),
  task.whole('items', '', 'Items', 'that were answered and judged').of(({ items }) => items.length),
  record.whole('items_asked', '', 'Items asked for', 'that there would have been').at('items'),
  figures.whole('correct', '', 'Correct', 'items with a score of 1').at('correct'),
  figures.number('correct_share', '', 'Share correct', 'correct / items').at('share'),
  figures
    .number('ci_low', '', 'Share correct, at least', '95 % interval of the share (Wilson 1927)')
    .of(({ interval }) => interval?.low),
  figures.number('ci_high', '', 'Share correct, at most', 'the same').of(({ interval }) => interval?.high),
  record
    .number('chance', '', 'Chance', 'share that guessing gets right; empty where it is next to nothing')
    .at('chance'),
  figures
    .number('score', '', 'Mean score', 'mean of the scores, 0 to 1; above the share where parts count')
    .at('score'),
  record.whole('max_tokens', 'tokens', 'Token limit', 'limit of generated tokens per answer').at('maxTokens'),
  record.whole('max_turns', '', 'Turns', 'most answers of one item').at('maxTurns'),
  record.number('temperature', '', 'Temperature', '0 is greedy').at('temperature'),
  figures.whole('answers', '', 'Answers', 'of all items; more than items where a task has several turns').at('answers'),
  figures.whole('cut_answers', '', 'Cut answers', 'that ended at the token limit or with the context').at('cutAnswers'),
  figures
    .whole('context_ended', '', 'Out of context', 'items that ended with the context, or had no room in it')
    .at('contextEnded'),
  figures
    .number('mean_answer_tokens', 'tokens', 'Tokens per answer', 'generated tokens / answers')
    .at('meanAnswerTokens'),
  figures
    .number(
      'decode_tokens_per_s',
      'tokens/s',
      'Decode rate',
      'sum of (n - k) / sum of (tn - t1) over the answers, k tokens having come with the first: of this run, which was not made to measure speed',
    )
    .at('decodeTokensPerSecond'),
  number('seconds', 's', 'Duration', 'from the first item of the task to its result').of(({ task, scored }) =>
    secondsOf(task, scored),
  ),
  record
    .flag('procedural', 'Made items', 'true: the seed made the items; false: it chose and ordered them')
    .at('procedural'),
  record
    .text('items_sha256', 'Items hash', 'the same items, the same hash: only these are compared in pairs')
    .at('itemsSha256'),
  record
    .text('file', 'File', 'where the items came from; empty where the task makes them')
    .of(({ source }) => source?.file),
  record.text('file_sha256', 'File hash', 'sha256 of that file').of(({ source }) => source?.sha256),
] as const;

const accuracyColumns = [
  runFacts.uuid,
  runFacts.session,
  text('status', 'Status', 'of the run: completed, failed, interrupted or killed').of(({ run }) => run.outcome.status),
  text('started_at', 'Started', 'wall clock, ISO 8601').of(({ run }) => run.header.startedAt),
  runFacts.framework,
  runFacts.frameworkVersion,
  text('measure', 'Measure', 'task, or likelihood: of a text').of(({ task }) =>
    task === null ? 'likelihood' : 'task',
  ),
  ...taskColumns,
  ...likelihoodColumns,
  runFacts.platform,
  runFacts.release,
  runFacts.device,
  runFacts.username,
  runFacts.hostname,
  runFacts.size,
  runFacts.quantize,
  runFacts.weightClass,
  runFacts.bitsPerWeight,
  runFacts.model,
  runFacts.modelSha256,
  runFacts.synthetic,
  runFacts.seed,
] as const;

export type AccuracyRow = RowOf<typeof accuracyColumns>;

export const accuracyTable = table({
  name: 'accuracy',
  file: 'accuracy.csv',
  rowIs: 'a row per run and task, or run and text',
  columns: accuracyColumns,
  of: (run: Run): OfMeasure[] => {
    // From the items themselves, so that a run that broke off says how far it got.
    const tasks = tasksOf(run).map((task) => ({
      run,
      task: { ...task, figures: taskFigures(task.items) },
      scored: null,
    }));
    const scored = scoredText(run);
    return scored === null ? tasks : [...tasks, { run, task: null, scored }];
  },
});

function tasksOf({ records }: Run): AnsweredItems[] {
  const tasks: AnsweredItems[] = [];
  for (const record of records) {
    const open = tasks.at(-1);
    if (record.type === 'task') tasks.push({ record, items: [], result: null });
    else if (record.type === 'task_item' && open?.record.task === record.task && open.result === null)
      open.items.push(record);
    else if (record.type === 'task_result' && open !== undefined) open.result = record;
  }
  return tasks;
}

function secondsOf(task: OfMeasure['task'], scored: ScoredText | null): number | null {
  if (task !== null) return task.result === null ? null : (task.result.atNs - task.record.atNs) / 1e9;
  return scored?.complete === true ? scored.workNs / 1e9 : null;
}

const item = columnsOfPart((of: OfRun & { record: TaskItemRecord }) => of.record);

const accuracyItemColumns = [
  runFacts.uuid,
  runFacts.framework,
  item.text('task', 'Task', 'name of the task').at('task'),
  item.whole('item', '', 'Place', 'of the item within its task, from 0').at('item'),
  item.text('item_id', 'Item', 'id of the item, the same in every run').at('id'),
  item.text('prompt', 'Prompt', 'the messages that open it, without those of the role system').of(promptOf),
  item.text('expected', 'Expected', 'the right answer').at('expected'),
  item
    .text('answer', 'Answer', 'the last answer, as it was written')
    .of(({ messages }) => messages.findLast(({ role }) => role === 'assistant')?.content),
  item.text('extracted', 'Taken for the answer', 'what the rubric found in it; empty where nothing').at('extracted'),
  item.number('score', '', 'Score', '0 to 1').at('score'),
  item.flag('correct', 'Correct', 'a score of 1').at('correct'),
  item
    .text(
      'reason',
      'Reason',
      'correct, or why not; length: cut at the token limit, context: no room left, turns: too many',
    )
    .at('reason'),
  item.whole('turns', '', 'Turns', 'answers of this item').of(({ answers }) => answers.length),
  item
    .whole('tokens', 'tokens', 'Tokens', 'generated, over its answers')
    .of(({ answers }) => answers.reduce((sum, { tokens }) => sum + tokens, 0)),
  item.text('stop', 'End', 'of the last answer: end, length or cancelled').of(({ answers }) => answers.at(-1)?.stop),
  item
    .number('latency_ms', 'ms', 'Latency', 'sum over its answers of tn - submission')
    .of(
      ({ answers }) =>
        answers.reduce((sum, { submitNs, lastTokenNs }) => sum + ((lastTokenNs ?? submitNs) - submitNs), 0) / 1e6,
    ),
  runFacts.hostname,
  runFacts.size,
  runFacts.quantize,
  runFacts.weightClass,
  runFacts.model,
  runFacts.seed,
] as const;

export type AccuracyItemRow = RowOf<typeof accuracyItemColumns>;

export const accuracyItemsTable = table({
  name: 'accuracyItems',
  file: 'accuracy_items.csv',
  rowIs: 'a row per item of a task',
  columns: accuracyItemColumns,
  of: (run: Run) => tasksOf(run).flatMap(({ items }) => items.map((record) => ({ run, record }))),
});

/** The messages that open an item, without those of the role system. */
function promptOf({ messages }: TaskItemRecord): string {
  const firstAnswer = messages.findIndex(({ role }) => role === 'assistant');
  const opening = firstAnswer === -1 ? messages : messages.slice(0, firstAnswer);
  return opening
    .filter(({ role }) => role !== 'system')
    .map(({ content }) => content)
    .join('\n\n');
}

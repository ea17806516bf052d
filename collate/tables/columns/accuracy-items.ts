/** `accuracy_items.csv`: one row per item of a task, as a run answered it. */
import { type Column, column, type RowOf } from './column.ts';
import { runFacts } from './run-facts.ts';

export const accuracyItemColumns = [
  runFacts.uuid,
  runFacts.framework,
  column('task', 'string', '', 'Task', 'name of the task'),
  column('item', 'integer', '', 'Place', 'of the item within its task, from 0'),
  column('item_id', 'string', '', 'Item', 'id of the item, the same in every run'),
  column('prompt', 'string', '', 'Prompt', 'the messages that open it, without those of the role system'),
  column('expected', 'string', '', 'Expected', 'the right answer'),
  column('answer', 'string', '', 'Answer', 'the last answer, as it was written'),
  column('extracted', 'string', '', 'Taken for the answer', 'what the rubric found in it; empty where nothing'),
  column('score', 'number', '', 'Score', '0 to 1'),
  column('correct', 'boolean', '', 'Correct', 'a score of 1'),
  column(
    'reason',
    'string',
    '',
    'Reason',
    'correct, or why not; length: cut at the token limit, context: no room left, turns: too many',
  ),
  column('turns', 'integer', '', 'Turns', 'answers of this item'),
  column('tokens', 'integer', 'tokens', 'Tokens', 'generated, over its answers'),
  column('stop', 'string', '', 'End', 'of the last answer: end, length or cancelled'),
  column('latency_ms', 'number', 'ms', 'Latency', 'sum over its answers of tn - submission'),
  runFacts.hostname,
  runFacts.size,
  runFacts.quantize,
  runFacts.weightClass,
  runFacts.model,
  runFacts.seed,
] as const satisfies readonly Column[];

export type AccuracyItemRow = RowOf<typeof accuracyItemColumns>;

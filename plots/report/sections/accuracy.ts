/** Accuracy: what the tasks found, and what was answered wrong. */
import { groupBy } from '../../../collate/analysis/group-by.ts';
import {
  alikeSentences,
  differs,
  type PairedComparison,
  pairedSentence,
  pairedSignificance,
  pText,
} from '../../../scripts/workloads/accuracy/figures.ts';
import type { AccuracyItemRow, AccuracyRow } from '../../../scripts/workloads/accuracy/tables.ts';
import { latestTasks, pairsOf } from '../../data/accuracy-results.ts';
import { modelName } from '../../data/groups.ts';
import { titled } from '../../data/titled.ts';
import { type Block, type Cell, list, note, text, warning } from '../document.ts';
import { chartBlocks, type Part } from '../section.ts';
import { count, type Field, figure, left, right, shown, tableIfAny, tableOf, withoutConstants } from '../table.ts';

/** What the tasks found: scores, pairs, and some of what was wrong. */
export const accuracy: Part = {
  id: 'accuracy',
  title: 'Accuracy',
  blocks(input) {
    const rows = titled(input.data.accuracy, input.data);
    const items = titled(input.data.accuracyItems, input.data);
    if (rows.length === 0) return [];
    const tasks = latestTasks(rows);
    return [
      ...chartBlocks(input, 'quality_pareto'),
      ...(tasks.length === 0 ? [] : taskBlocks(tasks, items)),
      ...pairBlocks(pairsOf(rows, items)),
    ];
  },
};

/** An answer that was cut may be wrong for that alone. */
const manyCut = 0.1;

function taskBlocks(tasks: readonly AccuracyRow[], items: readonly AccuracyItemRow[]): Block[] {
  const cut = tasks.filter(({ cut_answers: cuts, answers }) => (cuts ?? 0) > manyCut * (answers ?? 0));
  const broken = tasks.filter(({ complete }) => complete === false);
  return [
    withoutConstants(tableOf('Tasks: correct items by framework and format', tasks, scoreFields)),
    ...cut.map((row) =>
      warning(
        `${nameOf(row)}, ${row.task}: ${row.cut_answers} of ${row.answers} answers were cut at the limit of ${row.max_tokens} tokens or with the context. A score under such a limit says little about the model.`,
      ),
    ),
    ...broken.map((row) =>
      warning(
        `${nameOf(row)}, ${row.task}: the run ended (${row.status}) after ${row.items} of ${row.items_asked} items; they are in no comparison.`,
      ),
    ),
    note(
      `Every score is shown with its number of items and its token limit. Intervals are 95 % Wilson score intervals of the share correct. The mean score also counts partly correct answers. Of repeated tasks the latest is shown; ${items.length} answers are in accuracy_items.csv.`,
    ),
  ];
}

const scoreFields: ReadonlyArray<Field<AccuracyRow>> = [
  [left('Host'), (row) => row.hostname],
  [left('Device'), (row) => row.device],
  [left('Model'), (row) => modelName({ model: row.model ?? 'unknown model', synthetic: row.synthetic === true })],
  [left('Task'), (row) => row.task],
  [left('Result'), (row) => (row.complete === false ? `${nameOf(row)} (not complete)` : nameOf(row))],
  [right('Correct'), (row) => `${row.correct} of ${row.items}`],
  [right('Share', '%'), (row) => percent(row.correct_share)],
  [
    right('95 % interval', '%'),
    ({ ci_low: low, ci_high: high }) =>
      low === null || high === null ? '–' : `${(low * 100).toFixed(1)} to ${(high * 100).toFixed(1)}`,
  ],
  [right('Chance', '%'), (row) => percent(row.chance)],
  [right('Mean score'), (row) => figure(row.score)],
  [right('Limit', 'tokens'), (row) => count(row.max_tokens ?? 0)],
  [right('Tokens per answer'), (row) => figure(row.mean_answer_tokens)],
  [right('Cut'), (row) => count(row.cut_answers ?? 0)],
];

function pairBlocks(pairs: readonly PairedComparison[]): Block[] {
  if (pairs.length === 0) return [];
  return [
    text('On the same items, in pairs: each format with the one of most bits, and each framework with the first one.'),
    ...tableIfAny('Items on which two results differ', pairs.filter(differs), [
      [left('Task'), (pair) => pair.task],
      [left('Compared'), (pair) => nameOf(pair.compared)],
      [left('With'), (pair) => nameOf(pair.reference)],
      [right('b'), (pair) => count(pair.onlyReference)],
      [right('c'), (pair) => count(pair.onlyCompared)],
      [right('p'), (pair) => shown(pair.p, pText)],
      [right('p (Holm)'), (pair) => shown(pair.corrected, pText)],
      [left('Verdict'), pairedSentence],
    ]),
    ...list(alikeSentences(pairs)),
    note(
      `b: items that only the second has correct, c: only the first. McNemar's test, exact where b + c is below 25, with Holm's correction over all ${pairs.length} comparisons; a difference needs a corrected p below ${pairedSignificance}. No detectable difference is not the same as none.`,
    ),
  ];
}

const wrongPerTask = 3;
const longestCell = 90;

/** Items of the result with the most wrong answers that a reader can look at: what went wrong shows faster than why. */
export const wrongAnswers: Part = {
  id: 'wrong-answers',
  title: 'Wrong answers',
  blocks({ data }) {
    const items = titled(data.accuracyItems, data);
    const wrong = groupBy(latestTasks(data.accuracy), ({ task }) => [task]).flatMap((runs) => {
      const [most = []] = runs.map((run) => wrongOf(run, items)).sort((a, b) => b.length - a.length);
      return most.slice(0, wrongPerTask);
    });
    const caption = `The first wrong items of each task, at most ${wrongPerTask}, of the result with most of them`;
    return tableIfAny(caption, wrong, [
      [left('Task'), (item) => item.task],
      [left('Result'), nameOf],
      [left('Prompt'), (item) => shortened(item.prompt)],
      [left('Expected'), (item) => shortened(item.expected)],
      [left('Answer'), (item) => shortened(item.answer ?? '')],
      [left('Why'), (item) => item.reason],
    ]);
  },
};

function wrongOf({ uuid, task }: AccuracyRow, items: readonly AccuracyItemRow[]): AccuracyItemRow[] {
  return items.filter((item) => item.uuid === uuid && item.task === task && item.correct === false);
}

/** In one line; the whole text is the value. */
function shortened(value: string | null): Cell {
  const line = (value ?? '').replaceAll(/\s+/g, ' ').trim();
  return { text: line.length > longestCell ? `${line.slice(0, longestCell - 1)}…` : line || '–', value };
}

function nameOf({ framework, quantize }: { framework: string | null; quantize: string | null }): string {
  return `${framework} ${quantize}`;
}

function percent(share: number | null): Cell {
  return shown(share === null ? null : share * 100, (value) => value.toFixed(1));
}

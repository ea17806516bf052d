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
import { type Block, type Cell, note, type Section, type Table, text, warning } from '../document.ts';
import { chartBlocks, type ReportInput } from '../section.ts';
import { count, figure, left, right, withoutConstants, words } from '../table.ts';

/** What the tasks found: scores, pairs, and some of what was wrong. */
export function accuracy(input: ReportInput): Section | null {
  const { accuracy: rows, accuracyItems: items } = input.data;
  if (rows.length === 0) return null;
  const tasks = latestTasks(rows);
  return {
    id: 'accuracy',
    title: 'Accuracy',
    blocks: [
      ...chartBlocks(input, 'quality_pareto'),
      ...(tasks.length === 0 ? [] : taskBlocks(tasks, items)),
      ...pairBlocks(pairsOf(rows, items)),
    ],
  };
}

/** From the result with most of them. */
export function wrongAnswers({ data: { accuracy: rows, accuracyItems: items } }: ReportInput): Section | null {
  const blocks = wrongBlocks(latestTasks(rows), items);
  return blocks.length === 0 ? null : { id: 'wrong-answers', title: 'Wrong answers', blocks };
}

/** An answer that was cut may be wrong for that alone. */
const manyCut = 0.1;

function taskBlocks(tasks: readonly AccuracyRow[], items: readonly AccuracyItemRow[]): Block[] {
  const cut = tasks.filter(({ cut_answers: cuts, answers }) => (cuts ?? 0) > manyCut * (answers ?? 0));
  const broken = tasks.filter(({ complete }) => complete === false);
  return [
    scoreTable(tasks),
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

function scoreTable(tasks: readonly AccuracyRow[]): Table {
  return withoutConstants({
    kind: 'table',
    caption: 'Tasks: correct items by framework and format',
    columns: [
      left('Host'),
      left('Device'),
      left('Model'),
      left('Task'),
      left('Result'),
      right('Correct'),
      right('Share', '%'),
      right('95 % interval', '%'),
      right('Chance', '%'),
      right('Mean score'),
      right('Limit', 'tokens'),
      right('Tokens per answer'),
      right('Cut'),
    ],
    rows: tasks.map((row) => [
      words(row.hostname),
      words(row.device),
      words(modelName({ model: row.model ?? 'unknown model', synthetic: row.synthetic === true })),
      words(row.task),
      words(row.complete === false ? `${nameOf(row)} (not complete)` : nameOf(row)),
      words(`${row.correct} of ${row.items}`),
      percent(row.correct_share),
      row.ci_low === null || row.ci_high === null
        ? words('–')
        : words(`${(row.ci_low * 100).toFixed(1)} to ${(row.ci_high * 100).toFixed(1)}`),
      percent(row.chance),
      figure(row.score),
      count(row.max_tokens ?? 0),
      figure(row.mean_answer_tokens),
      count(row.cut_answers ?? 0),
    ]),
  });
}

function pairBlocks(pairs: readonly PairedComparison[]): Block[] {
  if (pairs.length === 0) return [];
  const rows = pairs
    .filter(differs)
    .map((pair) => [
      words(pair.task),
      words(`${pair.compared.framework} ${pair.compared.quantize}`),
      words(`${pair.reference.framework} ${pair.reference.quantize}`),
      count(pair.onlyReference),
      count(pair.onlyCompared),
      { text: pText(pair.p), value: pair.p },
      { text: pText(pair.corrected), value: pair.corrected },
      words(pairedSentence(pair)),
    ]);
  const columns = [
    left('Task'),
    left('Compared'),
    left('With'),
    right('b'),
    right('c'),
    right('p'),
    right('p (Holm)'),
    left('Verdict'),
  ];
  const alike = alikeSentences(pairs);
  return [
    text('On the same items, in pairs: each format with the one of most bits, and each framework with the first one.'),
    ...(rows.length === 0
      ? []
      : [{ kind: 'table' as const, caption: 'Items on which two results differ', columns, rows }]),
    ...(alike.length === 0 ? [] : [{ kind: 'list' as const, items: alike }]),
    note(
      `b: items that only the second has correct, c: only the first. McNemar's test, exact where b + c is below 25, with Holm's correction over all ${pairs.length} comparisons; a difference needs a corrected p below ${pairedSignificance}. No detectable difference is not the same as none.`,
    ),
  ];
}

const wrongPerTask = 3;
const longestCell = 90;

/** From the result with the most wrong answers that a reader can look at: what went wrong shows faster than why. */
function wrongBlocks(tasks: readonly AccuracyRow[], items: readonly AccuracyItemRow[]): Block[] {
  const rows = [...new Set(tasks.map(({ task }) => task))].flatMap((task) => {
    const runs = tasks.filter((row) => row.task === task);
    const wrong = runs
      .map((row) => ({ row, wrong: items.filter((item) => isWrongOf(item, row)) }))
      .sort((a, b) => b.wrong.length - a.wrong.length)[0];
    return (wrong?.wrong ?? []).slice(0, wrongPerTask).map((item) => wrongRow(item));
  });
  if (rows.length === 0) return [];
  return [
    {
      kind: 'table',
      caption: `The first wrong items of each task, at most ${wrongPerTask}, of the result with most of them`,
      columns: [left('Task'), left('Result'), left('Prompt'), left('Expected'), left('Answer'), left('Why')],
      rows,
    },
  ];
}

function isWrongOf(item: AccuracyItemRow, { uuid, task }: AccuracyRow): boolean {
  return item.uuid === uuid && item.task === task && item.correct === false;
}

function wrongRow(item: AccuracyItemRow): Cell[] {
  return [
    words(item.task),
    words(`${item.framework} ${item.quantize}`),
    shortened(item.prompt),
    shortened(item.expected),
    shortened(item.answer ?? ''),
    words(item.reason),
  ];
}

/** In one line; the whole text is the value. */
function shortened(value: string | null): Cell {
  const line = (value ?? '').replaceAll(/\s+/g, ' ').trim();
  return { text: line.length > longestCell ? `${line.slice(0, longestCell - 1)}…` : line || '–', value };
}

function nameOf({ framework, quantize }: Pick<AccuracyRow, 'framework' | 'quantize'>): string {
  return `${framework} ${quantize}`;
}

function percent(share: number | null): Cell {
  return share === null ? { text: '–', value: null } : { text: (share * 100).toFixed(1), value: share * 100 };
}

/** An accuracy sweep as a person reads it in the terminal. */
import { counted, percentWithPlaces, significant } from '../../command-line/format.ts';
import { paint, table } from '../../command-line/terminal.ts';
import { notRunTable } from '../../run/refusal.ts';
import { likelihoodText } from '../perplexity/likelihood-text.ts';
import type { AccuracySweep } from './accuracy-sweep.ts';
import type { AnsweredCell } from './earlier-logs.ts';
import {
  type AnsweredTask,
  alikeSentences,
  comparePaired,
  differs,
  pairedSentence,
  pairedSignificance,
  pText,
  taskFigures,
} from './figures.ts';
import type { PreparedTask } from './tasks/registry.ts';
import type { TextLikelihood } from './text-likelihood.ts';

export function accuracyText(result: AccuracyResult): string {
  const { tasks, rows, pairs, likelihood, notRun } = result;
  const parts = [
    ...tasks.flatMap((task) => taskText(task, result)),
    ...(pairs.length === 0 ? [] : [pairsText(result)]),
    ...(likelihood === null ? [] : [likelihoodText(likelihood)]),
    ...(notRun.length === 0 ? [] : [`${paint('bold', 'Did not run, or not to its end')}\n${notRunTable(notRun)}`]),
    ...(rows.length === 0 ? [] : [notes(result)]),
  ];
  return parts.join('\n\n');
}

function taskText(task: TaskRow, { rows, temperature }: AccuracyResult): string[] {
  const mine = rows.filter((row) => row.task === task.task);
  if (mine.length === 0) return [];
  const facts = [
    `${counted(task.items, 'items')}`,
    `at most ${task.maxTokens} tokens an answer`,
    ...(task.maxTurns > 1 ? [`at most ${task.maxTurns} answers an item`] : []),
    temperature === 0 ? 'greedy' : `temperature ${temperature}`,
    ...(task.chance === null ? [] : [`guessing gets ${percentWithPlaces(task.chance, 1)}`]),
  ];
  const header = [
    'framework',
    'weights',
    'correct',
    'share',
    '95 % interval',
    'mean score',
    'limit',
    'tokens/answer',
    'cut',
    'decode tokens/s',
    '',
  ];
  return [
    `${paint('bold', task.task)}: ${task.title}; ${facts.join(', ')}\n${table(header, mine.map(line), 'llrrrrrrrrl')}`,
  ];
}

function line(row: AccuracyRow): string[] {
  const { interval } = row;
  return [
    row.framework,
    row.quantize,
    `${row.correct}/${row.items}`,
    row.share === null ? '-' : percentWithPlaces(row.share, 1),
    interval === null ? '-' : `${percentWithPlaces(interval.low, 1)} to ${percentWithPlaces(interval.high, 1)}`,
    row.score === null ? '-' : row.score.toFixed(3),
    String(row.maxTokens),
    row.meanAnswerTokens === null ? '-' : significant(row.meanAnswerTokens),
    String(row.cutAnswers),
    row.decodeTokensPerSecond === null ? '-' : significant(row.decodeTokensPerSecond),
    row.reused ? 'from an earlier run' : '',
  ];
}

function pairsText({ pairs }: AccuracyResult): string {
  const header = ['task', 'compared', 'with', 'b', 'c', 'p', 'p (Holm)', ''];
  const rows = pairs
    .filter(differs)
    .map((pair) => [
      pair.task,
      `${pair.compared.framework} ${pair.compared.quantize}`,
      `${pair.reference.framework} ${pair.reference.quantize}`,
      String(pair.onlyReference),
      String(pair.onlyCompared),
      pText(pair.p),
      pText(pair.corrected),
      pairedSentence(pair),
    ]);
  const legend = `b: items that only "with" has correct; c: only "compared". McNemar's test, exact where b + c is below 25; Holm over ${pairs.length} ${pairs.length === 1 ? 'comparison' : 'comparisons'}; a difference needs p (Holm) below ${pairedSignificance}.`;
  return [
    paint('bold', 'The same items, in pairs'),
    ...(rows.length === 0 ? [] : [table(header, rows, 'lllrrrrl')]),
    ...alikeSentences(pairs),
    paint('dim', legend),
  ].join('\n');
}

function notes({ rows, likelihood }: AccuracyResult): string {
  const reused = rows.filter((row) => row.reused).length + (likelihood?.reused ?? 0);
  const all = rows.length + (likelihood?.rows.length ?? 0);
  return paint(
    'dim',
    [
      'Decode rates are those of these answers; a benchmark measures them better. "cut": answers that ended at the limit or with the context.',
      ...(reused === 0
        ? []
        : [`${reused} of ${all} results are from earlier runs with the same items and settings; --fresh asks again.`]),
    ].join('\n'),
  );
}

/** More cut answers than this share are worth a warning. */
const manyCut = 0.1;

/** Warnings: a limit that cuts answers makes a model look worse than it is. */
export function accuracyDoubts({ rows }: AccuracyResult): string[] {
  return rows.flatMap(({ task, framework, quantize, cutAnswers, contextEnded, answers, items, maxTokens }) => {
    const name = `${task}, ${framework} ${quantize}`;
    if (contextEnded > 0) {
      return `${name}: ${contextEnded} of ${items} items ran out of context and count as wrong; use a larger --context, or a smaller --max-tokens`;
    }
    if (cutAnswers <= answers * manyCut) return [];
    return `${name}: ${cutAnswers} of ${answers} answers were cut at the limit of ${maxTokens} tokens; raise it with --max-tokens N`;
  });
}

// The outcome of an accuracy sweep as tables and JSON have it.

export type AccuracyResult = ReturnType<typeof accuracyResult>;
type AccuracyRow = AccuracyResult['rows'][number];
type TaskRow = AccuracyResult['tasks'][number];

/** @param likelihood null where no text was scored */
export function accuracyResult(
  { session, answered, notRun }: Pick<AccuracySweep, 'session' | 'answered' | 'notRun'>,
  prepared: readonly PreparedTask[],
  temperature: number,
  likelihood: TextLikelihood | null,
) {
  const inOrder = prepared.flatMap(({ task }) => answered.filter((each) => each.task.task === task.name));
  return {
    session,
    model: answered[0]?.cell.model.record.name ?? null,
    tasks: prepared.map(({ task, items, maxTokens, itemsSha256, source }) => ({
      task: task.name,
      title: task.title,
      items: items.length,
      maxTokens,
      maxTurns: task.maxTurns,
      chance: task.chance,
      itemsSha256,
      file: source?.file ?? null,
    })),
    temperature,
    rows: inOrder.map(rowOf),
    pairs: comparePaired(inOrder.map(forPairing)),
    likelihood,
    notRun,
  };
}

function rowOf({ cell, task, items, reused, log }: AnsweredCell) {
  const { got, weightClass } = cell.model.record.quantization;
  return {
    task: task.task,
    framework: cell.framework.name,
    quantize: got,
    weightClass,
    maxTokens: task.maxTokens,
    ...taskFigures(items),
    reused,
    log,
  };
}

/** All of them had the same items and limits, or they would not be here. */
function forPairing({ cell, task, items }: AnsweredCell): AnsweredTask {
  const { record } = cell.model;
  return {
    task: task.task,
    terms: task.itemsSha256,
    framework: cell.framework.name,
    quantize: record.quantization.got,
    bitsPerWeight: record.effectiveBitsPerWeight,
    correct: new Map(items.map(({ id, correct }) => [id, correct])),
  };
}

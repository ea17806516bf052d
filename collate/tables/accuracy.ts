/** `accuracy.csv`, a row per run and task or scored text, and `accuracy_items.csv`, a row per item. */

import { taskFigures } from '../../scripts/log/figures/task-figures.ts';
import type { RunStatus } from '../../scripts/log/run-log-format.ts';
import type { TaskItemRecord } from '../../scripts/workloads/accuracy/records.ts';
import type { Run } from '../logs/run.ts';
import { isRow, type Value } from './cells.ts';
import { type AccuracyRow, accuracyColumns } from './columns/accuracy.ts';
import type { AccuracyItemRow } from './columns/accuracy-items.ts';
import { likelihoodColumnsOf } from './likelihood.ts';

export function accuracyRows(run: Run, status: RunStatus): AccuracyRow[] {
  const facts = factsOf(run, status);
  const rows = run.tasks.map((each) => whole({ ...facts, ...taskCells(each) }));
  const { text } = run.likelihood;
  return text === null ? rows : [...rows, whole({ ...facts, ...likelihoodColumnsOf(run, text) })];
}

/** What a row of its kind does not have is null. */
function whole(part: Partial<AccuracyRow>): AccuracyRow {
  const row: Record<string, Value> = Object.fromEntries(accuracyColumns.map(({ name }) => [name, part[name] ?? null]));
  if (!isRow(row, accuracyColumns)) throw new Error('a row of an accuracy run does not fit its columns');
  return row;
}

function factsOf({ header, effective }: Run, status: RunStatus): Partial<AccuracyRow> {
  const { model, host } = header;
  return {
    uuid: header.uuid,
    session: header.session?.uuid ?? null,
    status,
    started_at: header.startedAt,
    framework: header.framework.name,
    framework_version: header.framework.version,
    platform: host.platform,
    release: host.release,
    device: effective?.device ?? null,
    username: host.username,
    hostname: host.hostname,
    size: model.size,
    quantize: model.quantization.got,
    weight_class: model.quantization.weightClass,
    bits_per_weight: model.effectiveBitsPerWeight,
    model: model.name,
    model_sha256: model.sha256,
    synthetic: model.synthetic,
    seed: header.seed,
  };
}

/** From the items themselves, so that a run that broke off says how far it got. */
function taskCells({ task, items, result }: Run['tasks'][number]): Partial<AccuracyRow> {
  const figures = taskFigures(items);
  return {
    measure: 'task',
    task: task.task,
    task_title: task.title,
    complete: result !== null,
    items: items.length,
    items_asked: task.items,
    correct: figures.correct,
    correct_share: figures.share,
    ci_low: figures.interval?.low ?? null,
    ci_high: figures.interval?.high ?? null,
    chance: task.chance,
    score: figures.score,
    max_tokens: task.maxTokens,
    max_turns: task.maxTurns,
    temperature: task.temperature,
    answers: figures.answers,
    cut_answers: figures.cutAnswers,
    context_ended: figures.contextEnded,
    mean_answer_tokens: figures.meanAnswerTokens,
    decode_tokens_per_s: figures.decodeTokensPerSecond,
    seconds: result === null ? null : (result.atNs - task.atNs) / 1e9,
    procedural: task.procedural,
    items_sha256: task.itemsSha256,
    file: task.source?.file ?? null,
    file_sha256: task.source?.sha256 ?? null,
  };
}

export function accuracyItemRow({ header }: Run, record: TaskItemRecord): AccuracyItemRow {
  const { model } = header;
  const { messages, answers } = record;
  const firstAnswer = messages.findIndex(({ role }) => role === 'assistant');
  const opening = firstAnswer === -1 ? messages : messages.slice(0, firstAnswer);
  return {
    uuid: header.uuid,
    framework: header.framework.name,
    task: record.task,
    item: record.item,
    item_id: record.id,
    prompt: opening
      .filter(({ role }) => role !== 'system')
      .map(({ content }) => content)
      .join('\n\n'),
    expected: record.expected,
    answer: messages.findLast(({ role }) => role === 'assistant')?.content ?? null,
    extracted: record.extracted,
    score: record.score,
    correct: record.correct,
    reason: record.reason,
    turns: answers.length,
    tokens: answers.reduce((sum, { tokens }) => sum + tokens, 0),
    stop: answers.at(-1)?.stop ?? null,
    latency_ms:
      answers.reduce((sum, { submitNs, lastTokenNs }) => sum + ((lastTokenNs ?? submitNs) - submitNs), 0) / 1e6,
    hostname: header.host.hostname,
    size: model.size,
    quantize: model.quantization.got,
    weight_class: model.quantization.weightClass,
    model: model.name,
    seed: header.seed,
  };
}

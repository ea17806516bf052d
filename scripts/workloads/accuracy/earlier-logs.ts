/** Logs of earlier runs in the folder of results, told apart by their headers. */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { textLimits } from '../../command-line/files/input-limits.ts';
import { readBounded, withoutMark } from '../../command-line/files/text-file.ts';
import { optionName } from '../../command-line/parsing/framework-options.ts';
import { frameworkSettingsOf } from '../../log/recorded-options.ts';
import type { ModelRecord } from '../../log/records/model-record.ts';
import { type Header, type RunRecord, recordIn } from '../../log/run-log-format.ts';
import { recordsOf } from '../../results/run.ts';
import type { RunOutcome } from '../../run/run.ts';
import type { RunPlan } from '../../run/run-plan.ts';
import type { EngineSettings } from '../../settings/settings.ts';
import type { Trial } from '../trials.ts';
import type { TaskItemRecord, TaskRecord } from './records.ts';
import type { PreparedTask } from './tasks/registry.ts';

export interface EarlierLog {
  header: Header;
  path: string;
}

interface Work {
  framework: { name: string };
  /** As logs of this host name it: answers of another one are another result. */
  hostname: string;
  output: string;
  workload: Header['workload'];
}

/** From the earliest to the latest. */
export function earlierLogs({ framework, hostname, output, workload }: Work): EarlierLog[] {
  const folder = join(output, 'raw', framework.name);
  return namesIn(folder)
    .map((name) => join(folder, name))
    .flatMap((path): EarlierLog[] => {
      const header = headerOf(path);
      return header?.workload === workload && header.host.hostname === hostname ? [{ header, path }] : [];
    })
    .sort((a, b) => a.header.startedAt.localeCompare(b.header.startedAt));
}

/** Threads are a matter of speed alone; everything else of the request may change an answer. */
export function isSameWork(
  { model, requested }: Header,
  asked: Pick<ModelRecord, 'sha256' | 'quantization'>,
  { threads: _, framework: __, ...deciding }: Partial<EngineSettings>,
): boolean {
  return (
    model.sha256 === asked.sha256 &&
    model.quantization.got === asked.quantization.got &&
    Object.entries(deciding).every(([name, value]) => requested[name] === value)
  );
}

/** Lines that are none of this format are left out; collating reports them. */
export function readRecords({ path }: EarlierLog): RunRecord[] {
  return readBounded(path, 'reading the log', textLimits.runLog)
    .toString()
    .split('\n')
    .flatMap((line) => recordIn(line) ?? []);
}

/** A header is the first line, and never as long as this. */
const headerBytesAtMost = 64 * 1024;

function headerOf(path: string): Header | undefined {
  const descriptor = openSync(path, 'r');
  try {
    const head = Buffer.alloc(headerBytesAtMost);
    const length = readSync(descriptor, head, 0, head.length, 0);
    const record = recordIn(withoutMark(head.toString('utf8', 0, length)).split('\n')[0] ?? '');
    return record?.type === 'header' ? record : undefined;
  } finally {
    closeSync(descriptor);
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.txt'));
  } catch {
    // Nothing was ever measured here.
    return [];
  }
}

// Tasks that earlier runs have completed with the same model, items and settings: they need no second run.

export interface FinishedTask {
  task: TaskRecord;
  items: readonly TaskItemRecord[];
  log: string;
}

type Asked = Pick<RunPlan, 'framework' | 'model' | 'settings' | 'output' | 'seed'>;

/**
 * Of several the latest. A log that was cut off counts as far as it goes: a task is finished when its result is written.
 * @param hostname as logs of this host name it
 */
export function finishedTasks(
  asked: Asked,
  hostname: string,
  temperature: number,
  prepared: readonly PreparedTask[],
): Map<PreparedTask, FinishedTask> {
  const { framework, output, model, settings } = asked;
  const found = new Map<PreparedTask, FinishedTask>();
  for (const log of earlierLogs({ framework, hostname, output, workload: 'accuracy' })) {
    if (!isSameWork(log.header, model.record, settings) || !hasSameOptions(log.header, asked)) continue;
    for (const finished of tasksOf(log)) {
      const match = prepared.find((each) => isSameTask(finished.task, each, temperature, asked.seed));
      if (match !== undefined) found.set(match, finished);
    }
  }
  return found;
}

function hasSameOptions(header: Header, { framework, settings }: Asked): boolean {
  const before = frameworkSettingsOf(header);
  return (framework.options ?? []).map(optionName).every((name) => before[name] === settings.framework?.[name]);
}

function isSameTask(task: TaskRecord, prepared: PreparedTask, temperature: number, seed: number): boolean {
  return (
    task.task === prepared.task.name &&
    task.itemsSha256 === prepared.itemsSha256 &&
    task.maxTokens === prepared.maxTokens &&
    task.maxTurns === prepared.task.maxTurns &&
    task.temperature === temperature &&
    // A greedy answer knows no seed.
    (task.temperature === 0 || task.seed === seed)
  );
}

function tasksOf(log: EarlierLog): FinishedTask[] {
  const finished: FinishedTask[] = [];
  let open: { task: TaskRecord; items: TaskItemRecord[] } | null = null;
  for (const record of readRecords(log)) {
    if (record.type === 'task') open = { task: record, items: [] };
    if (record.type === 'task_item') open?.items.push(record);
    if (record.type === 'task_result') {
      // A line that was lost leaves fewer items than the result counts.
      if (open !== null && record.items === open.items.length) finished.push({ ...open, log: log.path });
      open = null;
    }
  }
  return finished;
}

// The tasks that a run has finished.

/** One task, answered by one framework with one format of the weights. */
export interface AnsweredCell extends FinishedTask {
  cell: Trial;
  /** From the log of an earlier run. */
  reused: boolean;
}

export function finishedIn({ records, logPath }: RunOutcome): FinishedTask[] {
  const items = recordsOf({ records }, 'task_item');
  const finished = new Set(recordsOf({ records }, 'task_result').map(({ task }) => task));
  return recordsOf({ records }, 'task')
    .filter(({ task }) => finished.has(task))
    .map((task) => ({ task, items: items.filter((item) => item.task === task.task), log: logPath }));
}

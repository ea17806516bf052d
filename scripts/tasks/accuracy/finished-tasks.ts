/** Tasks that earlier runs have completed with the same model, items and settings: they need no second run. */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskItemRecord, TaskRecord } from '../../measure/accuracy/accuracy-records.ts';
import { type Header, headerSchema, recordSchema } from '../../measure/run-log-format.ts';
import type { AccuracyPlan, RunPlan } from '../../measure/run-plan.ts';
import type { PreparedTask } from './task-items.ts';

export interface FinishedTask {
  task: TaskRecord;
  items: readonly TaskItemRecord[];
  log: string;
}

type Asked = Pick<RunPlan, 'framework' | 'model' | 'settings' | 'output' | 'seed'> & { workload: AccuracyPlan };

/**
 * Of several the latest. A log that was cut off counts as far as it goes: a task is finished when its result is written.
 * @param hostname as logs of this host name it
 */
export function finishedTasks(
  asked: Asked,
  hostname: string,
  prepared: readonly PreparedTask[],
): Map<PreparedTask, FinishedTask> {
  const found = new Map<PreparedTask, FinishedTask>();
  for (const { header, path } of accuracyLogs(asked, hostname)) {
    if (!isSameWork(header, asked)) continue;
    for (const finished of tasksOf(path)) {
      const match = prepared.find((each) => isSameTask(finished.task, each, asked));
      if (match !== undefined) found.set(match, finished);
    }
  }
  return found;
}

/** From the earliest to the latest. */
function accuracyLogs({ framework, output }: Asked, hostname: string): Array<{ header: Header; path: string }> {
  const folder = join(output, 'raw', framework.name);
  return namesIn(folder)
    .map((name) => join(folder, name))
    .flatMap((path) => {
      const header = headerOf(path);
      return header?.workload === 'accuracy' && header.host.hostname === hostname ? [{ header, path }] : [];
    })
    .sort((a, b) => a.header.startedAt.localeCompare(b.header.startedAt));
}

/** Threads are a matter of speed alone; everything else of the request may change an answer. */
function isSameWork({ model, requested }: Header, { model: asked, settings }: Asked): boolean {
  const { threads: _, ...deciding } = settings;
  return (
    model.sha256 === asked.record.sha256 &&
    model.quantization.got === asked.record.quantization.got &&
    Object.entries(deciding).every(([name, value]) => requested[name] === value)
  );
}

function isSameTask(task: TaskRecord, prepared: PreparedTask, { workload, seed }: Asked): boolean {
  return (
    task.task === prepared.task.name &&
    task.itemsSha256 === prepared.itemsSha256 &&
    task.maxTokens === prepared.maxTokens &&
    task.maxTurns === prepared.task.maxTurns &&
    task.temperature === workload.temperature &&
    // A greedy answer knows no seed.
    (task.temperature === 0 || task.seed === seed)
  );
}

function tasksOf(path: string): FinishedTask[] {
  const finished: FinishedTask[] = [];
  let open: { task: TaskRecord; items: TaskItemRecord[] } | null = null;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const parsed = recordSchema.safeParse(jsonOf(line));
    if (!parsed.success) continue;
    const record = parsed.data;
    if (record.type === 'task') open = { task: record, items: [] };
    if (record.type === 'task_item') open?.items.push(record);
    if (record.type === 'task_result') {
      // A line that was lost leaves fewer items than the result counts.
      if (open !== null && record.items === open.items.length) finished.push({ ...open, log: path });
      open = null;
    }
  }
  return finished;
}

/** A header is the first line, and never as long as this. */
const headerBytesAtMost = 64 * 1024;

function headerOf(path: string): Header | undefined {
  const descriptor = openSync(path, 'r');
  try {
    const head = Buffer.alloc(headerBytesAtMost);
    const length = readSync(descriptor, head, 0, head.length, 0);
    const parsed = headerSchema.safeParse(jsonOf(head.toString('utf8', 0, length).split('\n')[0] ?? ''));
    return parsed.success ? parsed.data : undefined;
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

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Every framework with every format of the weights answers the same items; what is finished already is not asked again. */
import { randomUUID } from 'node:crypto';
import { exitCodes, UserError } from '../../command-line/errors.ts';
import type { Progress } from '../../command-line/progress.ts';
import { describeHost } from '../../hardware/host.ts';
import { type Cell, type CellOptions, type NotRun, problemOf, resolveCells } from '../../measure/cells.ts';
import { recordMissing, runWithLog } from '../../measure/run.ts';
import { engineSettings } from '../../measure/run-options.ts';
import type { AccuracyPlan, RunPlan } from '../../measure/run-plan.ts';
import { answerTasks } from './accuracy-workload.ts';
import { type AnsweredCell, finishedIn } from './answered-cell.ts';
import { type FinishedTask, finishedTasks } from './finished-tasks.ts';
import type { PreparedTask } from './task-items.ts';

export interface AccuracySweepOptions extends CellOptions, Pick<RunPlan, 'seed' | 'output' | 'anonymize' | 'command'> {
  timeout: number;
  temperature: number;
  /** Of each task, at most. */
  items: number;
  maxTokens?: number | undefined;
  /** Asks everything again, whatever is finished. */
  fresh: boolean;
}

export interface AccuracySweep {
  session: string;
  answered: AnsweredCell[];
  notRun: NotRun[];
  interrupted: boolean;
}

/** A cell that fails is a row with its reason; the others go on. @throws UserError when no log can be written, or the context is too small */
export async function sweepAccuracy(
  options: AccuracySweepOptions,
  tasks: readonly PreparedTask[],
  line: Progress,
  signal: AbortSignal,
): Promise<AccuracySweep> {
  const session = randomUUID();
  const { cells, runnable, missing } = await resolveCells(options, line, signal);
  for (const cell of missing) await recordMissingCell(cell, session, options, tasks);
  const { hostname } = await describeHost(options.anonymize);
  const work = [];
  for (const cell of runnable) {
    const plan = await planOf(cell, session, options, tasks);
    requireRoom(tasks, plan.settings.contextTokens);
    const finished = options.fresh ? new Map<PreparedTask, FinishedTask>() : finishedTasks(plan, hostname, tasks);
    work.push({ cell, plan, finished, open: tasks.filter((task) => !finished.has(task)) });
  }
  const total = work.reduce((sum, { open }) => sum + itemsOf(open), 0);
  const answered: AnsweredCell[] = [];
  let done = 0;
  line.stage('answering');
  for (const [order, { cell, plan, finished, open }] of work.entries()) {
    answered.push(...[...finished.values()].map((task) => ({ cell, ...task, reused: true })));
    if (open.length === 0 || signal.aborted) continue;
    const name = `${cell.framework.title} ${cell.model.record.quantization.got}`;
    line.stage(`answering with ${name}`, done > 0);
    line.update(done, total);
    const before = done;
    try {
      const session = plan.session === undefined ? {} : { session: { ...plan.session, order } };
      const workload = { ...plan.workload, tasks: open.map(({ task }) => task.name) };
      const outcome = await runWithLog(
        { ...plan, ...session, workload },
        { reporter: { stage: () => {}, progress: () => {} }, signal, onPiece: () => {} },
        (context) => answerTasks(context, workload, open, () => line.update(++done, total)),
      );
      answered.push(...finishedIn(outcome).map((task) => ({ cell, ...task, reused: false })));
      const { status, error } = outcome.end;
      if (status !== 'completed') {
        cell.compared.problems.push({
          status,
          reason: error?.message ?? 'no reason given',
          remedy: error?.remedy ?? null,
        });
      }
    } catch (error) {
      cell.compared.problems.push(problemOf(error));
    }
    // What a broken cell left unanswered will not be answered: the time left is that of the others.
    done = before + itemsOf(open);
  }
  const notRun = cells.flatMap(({ framework, quantize, problems }) =>
    problems.map((problem) => ({ framework, quantize, ...problem })),
  );
  return { session, answered, notRun, interrupted: signal.aborted };
}

function itemsOf(tasks: readonly PreparedTask[]): number {
  return tasks.reduce((sum, { items }) => sum + items.length, 0);
}

async function recordMissingCell(
  cell: Cell,
  session: string,
  options: AccuracySweepOptions,
  tasks: readonly PreparedTask[],
): Promise<void> {
  const [problem] = cell.compared.problems;
  if (problem !== undefined) await recordMissing(await planOf(cell, session, options, tasks), problem);
}

async function planOf(
  { framework, model }: Cell,
  session: string,
  options: AccuracySweepOptions,
  tasks: readonly PreparedTask[],
): Promise<RunPlan & { workload: AccuracyPlan }> {
  const { seed, output, anonymize, command, items, temperature, maxTokens = null } = options;
  return {
    framework,
    model,
    settings: await engineSettings(options, framework, model),
    workload: { kind: 'accuracy', tasks: tasks.map(({ task }) => task.name), items, maxTokens, temperature },
    seed,
    warmUp: 0,
    timeoutMs: options.timeout * 1000,
    output,
    anonymize,
    command,
    session: { uuid: session, order: 0, iteration: 0 },
  };
}

/** An answer needs its limit and a prompt before it; that a long conversation fills the context is told item by item. */
function requireRoom(tasks: readonly PreparedTask[], contextTokens: number): void {
  const widest = tasks.find(({ maxTokens }) => maxTokens >= contextTokens);
  if (widest === undefined) return;
  const { task, maxTokens } = widest;
  throw new UserError(`answers of ${task.name} may have ${maxTokens} tokens, and the context ${contextTokens}`, {
    exitCode: exitCodes.usage,
    remedy: `Add --max-tokens ${Math.max(1, Math.floor(contextTokens / 2))}, or a larger --context where the model has one.`,
  });
}

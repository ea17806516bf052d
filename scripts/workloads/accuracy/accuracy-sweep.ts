/** Every framework with every format of the weights answers the same items; what is finished already is not asked again. */

import { randomUUID } from 'node:crypto';
import { exitCodes, UserError } from '../../command-line/errors.ts';
import type { Progress } from '../../command-line/progress.ts';
import { describeHost } from '../../machine/facts/host.ts';
import { faultsOf } from '../../results/invariants/run-faults.ts';
import { engineSettings, planBase } from '../../run/prepare.ts';
import { failureBy, type NotRun } from '../../run/refusal.ts';
import { recordMissing, runBenchmark } from '../../run/run.ts';
import type { EngineOptionValues } from '../../run/run-options.ts';
import type { PlannedWorkload, RunPlan } from '../../run/run-plan.ts';
import { resolveTrials, type Trial, type TrialOptions } from '../trials.ts';
import { planned } from '../workload.ts';
import { type AnsweredCell, type FinishedTask, finishedIn, finishedTasks } from './earlier-logs.ts';
import type { PreparedTask } from './tasks/registry.ts';
import { accuracy } from './workload.ts';

export interface AccuracySweepOptions
  extends EngineOptionValues,
    Pick<RunPlan, 'seed' | 'output' | 'anonymize' | 'command'> {
  timeoutSeconds: number;
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
  /** Those that could run. */
  runnable: Trial[];
  notRun: NotRun[];
  interrupted: boolean;
}

/** A cell that fails is a row with its reason; the others go on. @throws UserError when no log can be written, or the context is too small */
export async function sweepAccuracy(
  options: AccuracySweepOptions & TrialOptions,
  tasks: readonly PreparedTask[],
  line: Progress,
  signal: AbortSignal,
): Promise<AccuracySweep> {
  const session = randomUUID();
  const { cells, runnable, missing } = await resolveTrials(options, line, signal);
  for (const cell of missing) await recordMissingCell(cell, session, options, tasks);
  const answered = await answerCells(runnable, session, options, tasks, line, signal);
  const notRun = cells.flatMap(({ framework, quantize, problems }) =>
    problems.map((problem) => ({ framework, quantize, ...problem })),
  );
  return { session, answered, runnable, notRun, interrupted: signal.aborted };
}

/** One run a cell with what is not finished yet. What keeps a cell from its end is added to its problems. */
export async function answerCells(
  cells: readonly Trial[],
  session: string,
  options: AccuracySweepOptions,
  tasks: readonly PreparedTask[],
  line: Progress,
  signal: AbortSignal,
): Promise<AnsweredCell[]> {
  const { hostname } = await describeHost(options.anonymize);
  const work = [];
  for (const [order, cell] of cells.entries()) {
    const plan = await planOf(cell, { uuid: session, order, iteration: 0 }, options, tasks);
    requireRoom(tasks, plan.settings.contextTokens);
    const finished = options.fresh
      ? new Map<PreparedTask, FinishedTask>()
      : finishedTasks(plan, hostname, options.temperature, tasks);
    work.push({ cell, plan, finished, open: tasks.filter((task) => !finished.has(task)) });
  }
  const total = work.reduce((sum, { open }) => sum + itemsOf(open), 0);
  const answered: AnsweredCell[] = [];
  let done = 0;
  line.stage('answering');
  for (const { cell, plan, finished, open } of work) {
    answered.push(...[...finished.values()].map((task) => ({ cell, ...task, reused: true })));
    if (open.length === 0 || signal.aborted) continue;
    const { compared, framework, model } = cell;
    line.stage(`answering with ${framework.title} ${model.record.quantization.got}`, done > 0);
    line.update(done, total);
    const before = done;
    try {
      const outcome = await runBenchmark(
        { ...plan, workload: workloadOf(open, options) },
        { stage: () => {}, progress: (items) => line.update(before + items, total) },
        signal,
      );
      const finished = faultsOf(outcome.records).length > 0 ? [] : finishedIn(outcome);
      answered.push(...finished.map((task) => ({ cell, ...task, reused: false })));
      const { status, error } = outcome.end;
      if (status !== 'completed') {
        compared.problems.push({ status, reason: error?.message ?? 'no reason given', remedy: error?.remedy ?? null });
      }
    } catch (error) {
      compared.problems.push(failureBy(error));
    }
    // What a broken cell left unanswered will not be answered: the time left is that of the others.
    done = before + itemsOf(open);
  }
  return answered;
}

function itemsOf(tasks: readonly PreparedTask[]): number {
  return tasks.reduce((sum, { items }) => sum + items.length, 0);
}

async function recordMissingCell(
  cell: Trial,
  session: string,
  options: AccuracySweepOptions,
  tasks: readonly PreparedTask[],
): Promise<void> {
  const [problem] = cell.compared.problems;
  if (problem === undefined) return;
  await recordMissing(await planOf(cell, { uuid: session, order: 0, iteration: 0 }, options, tasks), problem);
}

async function planOf(
  { framework, model }: Trial,
  session: NonNullable<RunPlan['session']>,
  options: AccuracySweepOptions,
  tasks: readonly PreparedTask[],
): Promise<RunPlan> {
  return {
    framework,
    model,
    settings: await engineSettings(options, framework, model),
    ...planBase(options),
    workload: workloadOf(tasks, options),
    warmUp: 0,
    session,
  };
}

function workloadOf(
  tasks: readonly PreparedTask[],
  { items, temperature, maxTokens }: AccuracySweepOptions,
): PlannedWorkload {
  return planned(accuracy, { tasks, items, maxTokens: maxTokens ?? null, temperature });
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

/**
 * The contract of a workload: what is measured, from the options of a command to the words of its summary. What it writes into the
 * log, and what must hold there, is said by records.ts and invariants.ts beside it. See docs/adding-a-workload.md.
 */
import { usageError } from '../command-line/errors.ts';
import { significant } from '../command-line/format.ts';
import { table } from '../command-line/terminal.ts';
import type { Objectives } from '../log/figures/objectives.ts';
import type { Settings } from '../log/record-fields.ts';
import type { RunRecord } from '../log/run-log-format.ts';
import type { ResolvedModel } from '../models/resolve.ts';
import type { RunSummary } from '../results/run-summary.ts';
import type { EnginesContext, PlannedWorkload, RunContext, WorkloadTraits } from '../run/run-plan.ts';
import type { SettingValues } from '../settings/settings.ts';
import type { measuringSettings, samplingSettings } from '../settings/workload-settings.ts';
import type { LatencyPercentiles, Summary } from '../statistics/statistics.ts';
import type { LoadShape } from './load/records.ts';

/** Values of the settings that say what and how much to measure; without questions or a least time, the defaults. */
type MeasuringValues = SettingValues<keyof typeof samplingSettings | keyof typeof measuringSettings>;
export type WorkloadOptionValues = Omit<
  MeasuringValues,
  'warmUp' | 'conditions' | 'profile' | 'questions' | 'minSeconds'
> &
  Partial<Pick<MeasuringValues, 'questions' | 'minSeconds'>> & { load?: LoadOptionValues | undefined };

type LoadOptionValues = SettingValues<'loadSeconds' | 'loadWarmUp' | 'requestTimeoutSeconds'> & {
  /** Absent: no load test. */
  load?: LoadShape | undefined;
  slo?: Objectives | undefined;
};

/** What a plan is made for. */
export interface PlanSubject {
  model: Pick<ResolvedModel, 'record'>;
  contextTokens: number;
  /** Rounds of the question list within the run, at least. */
  rounds: number;
  /** Drawn into the order of the questions. */
  firstRound: number;
  /** `--timeout`: the longest wait for one answer of the engine. */
  timeoutSeconds: number;
}

/** How the summary of a run shows what the workload measured: tables, and lines of a name and a value; null: no line. */
export interface SummaryParts {
  tables: readonly string[];
  facts: ReadonlyArray<readonly [name: string, value: string | null]>;
}

interface WorkloadOf<Plan> extends WorkloadTraits {
  /** As a sentence has it: 'questions'. */
  readonly title: string;
  /** Whether `--workload` names it. */
  readonly asked?: true;
  /** Whether it needs a model that makes vectors of texts, and not one that answers. */
  readonly embeds?: true;
  /**
   * From options to a plan; absent where only a script of its own makes one.
   * @throws UserError when a file cannot be read, or the context is too small
   */
  plan?(values: WorkloadOptionValues, subject: PlanSubject): Promise<Plan>;
  /** What the header keeps of the plan: all that a person needs to ask for the same. */
  requested(plan: Plan): Settings;
  /** The list that is asked, where there is one; the header names it. */
  asks?(plan: Plan): PlannedWorkload['questions'];
  /** Null where the run has measured nothing of it. Absent where a script of its own shows the results. */
  summary?(summary: RunSummary, records: readonly RunRecord[]): SummaryParts | null;
}

/** A workload whose run works with one engine, which is started and has loaded the model. */
export interface EngineWorkload<Plan> extends WorkloadOf<Plan> {
  readonly ownEngines?: never;
  run(context: RunContext, plan: Plan): Promise<void>;
}

/** A workload that starts engines of its own. */
export interface EnginesWorkload<Plan> extends WorkloadOf<Plan> {
  readonly ownEngines: true;
  run(context: EnginesContext, plan: Plan): Promise<void>;
}

export type Workload<Plan> = EngineWorkload<Plan> | EnginesWorkload<Plan>;

/** Puts a plan into its workload, so that a run can do it. */
export function planned<Plan>(workload: Workload<Plan>, plan: Plan): PlannedWorkload {
  const questions = workload.asks?.(plan);
  const settled = { requested: workload.requested(plan), ...(questions === undefined ? {} : { questions }) };
  if (workload.ownEngines === true) {
    return { ...workload, ...settled, run: (context: EnginesContext) => workload.run(context, plan) };
  }
  return { ...workload, ...settled, run: (context: RunContext) => workload.run(context, plan) };
}

/** @throws UserError with the option that helps, for a workload that does not fit into the context of the model */
export function requireContext(needed: number, context: number): void {
  if (needed <= context) return;
  throw usageError(
    `this workload needs a context of at least ${needed} tokens, not ${context}`,
    `Add --context ${2 ** Math.ceil(Math.log2(needed))}.`,
  );
}

/** A table of what was timed: statistics over all samples. */
export function statisticsTable(rows: ReadonlyArray<readonly [name: string, summary: Summary | null]>): string {
  return table(
    ['', 'mean', 'median', 'min', 'max', 'stddev', 'n'],
    rows.map(([name, summary]) => {
      if (summary === null) return [name, 'n/a'];
      const { mean, median, min, max, stddev, count } = summary;
      const values = [mean, median, min, max].map((value) => significant(value));
      return [name, ...values, stddev === null ? '-' : significant(stddev), String(count)];
    }),
  );
}

/** A percentile with too few samples beyond it is left out; the last column says how many samples there are. */
export function percentilesTable(
  rows: ReadonlyArray<readonly [name: string, found: LatencyPercentiles | null]>,
): string {
  return table(
    ['percentiles', 'p50', 'p90', 'p95', 'p99', 'n'],
    rows.map(([name, found]) => [
      name,
      ...[found?.p50, found?.p90, found?.p95, found?.p99].map((value) => (value == null ? '-' : significant(value))),
      String(found?.count ?? 0),
    ]),
  );
}

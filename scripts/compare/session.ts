/** Several frameworks and formats: parity first, then the runs, interleaved, each in a fresh process with a log of its own. */
import { randomUUID } from 'node:crypto';
import { rollup } from 'd3-array';
import { UserError } from '../command-line/errors.ts';
import type { Progress } from '../command-line/progress.ts';
import type { Settings } from '../log/record-fields.ts';
import { type RunSummary, summarizeRun } from '../results/run-summary.ts';
import { engineSettings, planBase } from '../run/prepare.ts';
import { failureBy } from '../run/refusal.ts';
import { recordMissing, runBenchmark } from '../run/run.ts';
import type { EngineOptionValues } from '../run/run-options.ts';
import type { RunPlan } from '../run/run-plan.ts';
import type { PrecisionTarget, Stopped } from '../statistics/stopping-rule.ts';
import { checkParity } from '../workloads/parity/parity-pass.ts';
import { type ParityReferenceRow, referenceRow } from '../workloads/parity/parity-text.ts';
import { defaultQuestionsFile, readQuestions } from '../workloads/questions/questions.ts';
import type { ReferenceChoice } from '../workloads/reference/reference-choice.ts';
import { workloadPlan } from '../workloads/registry.ts';
import { type ComparedTrial, resolveTrials, type Trial, type TrialOptions } from '../workloads/trials.ts';
import type { WorkloadOptionValues } from '../workloads/workload.ts';
import { percentText } from './precision-options.ts';
import { expectedMs, plannedRounds, roundsWithin, type SessionPlan } from './session-plan.ts';
import { repeatFailed, sessionRounds } from './session-rounds.ts';

export interface SessionOptions extends TrialOptions, EngineOptionValues, WorkloadOptionValues {
  /** Rounds; with `until` the fewest. Absent: as many as the number of contenders asks for. */
  iterations?: number | undefined;
  /** When the last round should be over, on the clock of `performance.now()`: rounds and seconds of a run are planned by it. */
  endsAtMs?: number | undefined;
  /** Called before anything is measured. */
  onPlan: (plan: SessionPlan) => void;
  /** Measure until the intervals are narrow. */
  until?: PrecisionTarget | undefined;
  seed: number;
  warmUp: number | 'auto';
  timeoutSeconds: number;
  output: string;
  anonymize: boolean;
  command: readonly string[];
  /** Whether to compare all answers with a reference before anything is measured. */
  parity: boolean;
  reference?: ReferenceChoice | undefined;
  parityQuestions?: number | undefined;
  /** Whether to measure the first cell as two identical ones: A/A. */
  noiseFloor: boolean;
  /** How often a run that failed its quality checks is repeated at most. */
  retry: number;
  /** Whether to watch the machine meanwhile. */
  conditions: boolean;
}

export interface SessionResult {
  uuid: string;
  cells: ComparedTrial[];
  /** The references of parity; none where it was not checked. */
  references: ParityReferenceRow[];
  /** The first cell and its twin; null where A/A was not asked for. */
  identical: { cell: ComparedTrial; twin: ComparedTrial } | null;
  /** Runs that failed their quality checks and were replaced by a better one. */
  replaced: RunSummary[];
  interrupted: boolean;
  /** Why `until` ended it; null without. */
  stopped: Stopped | null;
}

/** As the logs of the session name it; undefined where there is none. */
export function hostnameOf({ cells }: SessionResult): string | undefined {
  return cells.flatMap((cell) => cell.runs)[0]?.hostname;
}

/** A cell that cannot run is a row with its reason; the others go on. */
export async function runSession(options: SessionOptions, line: Progress, signal: AbortSignal): Promise<SessionResult> {
  const uuid = randomUUID();
  const { cells, runnable, missing } = await resolveTrials(options, line, signal);
  for (const cell of missing) await record(cell, uuid, options);
  const parityStartMs = performance.now();
  const references = options.parity ? await checkParityFirst(runnable, uuid, options, line, signal) : [];
  // A run of parity starts an engine, loads the model and gives a few answers: the time of a run without its measuring.
  const startMs = (performance.now() - parityStartMs) / Math.max(1, runnable.length + references.length);
  const measurable = runnable.filter(isMeasurable);
  const [first] = measurable;
  const twin = options.noiseFloor && first !== undefined ? twinOf(first) : null;
  const cellsAndTwin = twin === null ? measurable : [...measurable, twin];
  const plan = planOfSession(measurable, cellsAndTwin.length, options, startMs);
  if (options.until === undefined && plan.runs > 0 && !signal.aborted) options.onPlan(plan);
  const planned = { ...options, iterations: plan.rounds, minSeconds: plan.minSeconds ?? options.minSeconds };
  const measured = await measure(cellsAndTwin, uuid, planned, line, signal);
  const identical = first === undefined || twin === null ? null : { cell: first.compared, twin: twin.compared };
  return { uuid, cells, references, identical, interrupted: signal.aborted, ...measured };
}

/** Parity before speed: the outcome of every cell. One that did not load is a row with the reason too. */
async function checkParityFirst(
  cells: readonly Trial[],
  uuid: string,
  options: SessionOptions,
  line: Progress,
  signal: AbortSignal,
): Promise<ParityReferenceRow[]> {
  const { maxTokens: longestAnswer, questions, timeoutSeconds, ...engine } = options;
  const questionSet = await readQuestions(questions ?? defaultQuestionsFile);
  const timeoutMs = timeoutSeconds * 1000;
  const checkOptions = { ...engine, questionSet, longestAnswer, timeoutMs, session: uuid };
  const { groups, standingOf } = await checkParity(cells, checkOptions, line, signal);
  for (const cell of cells) {
    const standing = standingOf(cell);
    cell.compared.parity = standing;
    if (standing.status === 'not judged' && standing.cause !== 'interrupted' && !standing.loaded) {
      const { cause, reason, remedy } = standing;
      cell.compared.problems.push({ status: cause, reason, remedy });
    }
  }
  return groups.map(referenceRow);
}

/** A cell that is missing, or does not load, is not measured in every iteration. */
function isMeasurable({ compared: { parity } }: Trial): boolean {
  return parity === null || parity.status !== 'not judged' || parity.loaded;
}

/**
 * @param runs of a round
 * @param startMs of a run, beside its measuring
 */
function planOfSession(
  cells: readonly Trial[],
  runs: number,
  { iterations, endsAtMs }: Pick<SessionOptions, 'iterations' | 'endsAtMs'>,
  startMs: number,
): SessionPlan {
  const ranked = cells.filter(({ compared }) => compared.parity === null || compared.parity.status === 'passed');
  const inClass = rollup(
    ranked,
    (members) => members.length,
    ({ compared }) => compared.weightClass,
  );
  const contenders = Math.max(0, ...inClass.values());
  const most = iterations ?? plannedRounds(contenders);
  if (endsAtMs === undefined) {
    return { contenders, rounds: most, runs: most * runs, minSeconds: null, expectedMs: null };
  }
  const fits = roundsWithin({ ms: endsAtMs - performance.now(), runsPerRound: runs, startMs }, most);
  const expected = expectedMs(fits.rounds * runs, fits.minSeconds, startMs);
  return { contenders, ...fits, runs: fits.rounds * runs, expectedMs: expected };
}

function twinOf(cell: Trial): Trial {
  return { ...cell, twin: true, compared: { ...cell.compared, runs: [], problems: [] } };
}

/** @returns runs that were replaced by better ones */
async function measure(
  cells: readonly Trial[],
  uuid: string,
  options: SessionOptions & { iterations: number },
  line: Progress,
  signal: AbortSignal,
): Promise<Pick<SessionResult, 'replaced' | 'stopped'>> {
  const replaced: RunSummary[] = [];
  const out = new Set<Trial>();
  const { endsAtMs, ...asked } = options;
  const roundOptions = { ...asked, withinMs: endsAtMs === undefined ? undefined : endsAtMs - performance.now() };
  const metric = options.workload === 'kernel' ? 'tg' : 'decode';
  const rounds = sessionRounds(cells, roundOptions, metric, (cell) => out.has(cell));
  let order = -1;
  for (const { cell, iteration } of rounds.turns) {
    order++;
    if (signal.aborted) break;
    if (out.has(cell)) continue;
    const { framework, model, compared, twin } = cell;
    const name = `${framework.title} ${model.record.quantization.got}`;
    if (order > 0) line.update(order, rounds.total);
    line.stage(`${rounds.place(order)}: ${name}`, order > 0);
    try {
      const runOnce = async (attempt: number): Promise<RunSummary> => {
        if (attempt > 0)
          line.stage(`${name}: it failed its quality checks, again (${attempt} of ${options.retry})`, true);
        const turn = { uuid, order, iteration, ...(attempt === 0 ? {} : { attempt }), ...(twin ? { twin } : {}) };
        const outcome = await runBenchmark(
          await sessionRunPlan(cell, turn, options),
          { stage: () => {}, progress: () => line.update(order, rounds.total) },
          signal,
        );
        return summarizeRun(outcome);
      };
      const repeated = await repeatFailed(options.retry, runOnce, signal);
      compared.runs.push(...repeated.kept);
      replaced.push(...repeated.replaced);
      // A framework that is missing stays missing: one log says so, not one per iteration.
      if (repeated.kept.some(({ status }) => status === 'missing')) out.add(cell);
    } catch (error) {
      if (error instanceof UserError && error.exitCode === 2) throw error;
      compared.problems.push(failureBy(error));
      out.add(cell);
    }
  }
  return { replaced, stopped: rounds.stopped() };
}

/** Writes a log of a missing framework too, so that the report can say so. */
async function record(cell: Trial, uuid: string, options: SessionOptions): Promise<void> {
  const { compared } = cell;
  const [problem] = compared.problems;
  if (problem === undefined) return;
  const outcome = await recordMissing(await sessionRunPlan(cell, { uuid, order: 0, iteration: 0 }, options), problem);
  compared.runs.push(summarizeRun(outcome));
  compared.problems = [];
}

/** Options that the header of a run does not have otherwise, by their names. */
function askedOfSession({ until, parityQuestions, reference, ...options }: Omit<SessionOptions, 'onPlan'>): Settings {
  return {
    ...(options.iterations === undefined ? {} : { iterations: options.iterations }),
    parity: options.parity,
    ...(reference === undefined ? {} : { reference: reference.name }),
    ...(parityQuestions === undefined ? {} : { parityQuestions }),
    noiseFloor: options.noiseFloor,
    retry: options.retry,
    ...(until === undefined ? {} : { until: percentText(until.halfWidth), untilMinutes: until.mostMs / 60_000 }),
  };
}

/** One run of a cell, at its place in the session. */
export async function sessionRunPlan(
  { framework, model }: Pick<Trial, 'framework' | 'model'>,
  session: NonNullable<RunPlan['session']>,
  options: Omit<SessionOptions, 'onPlan'>,
): Promise<RunPlan> {
  const settings = await engineSettings(options, framework, model);
  return {
    framework,
    model,
    settings,
    workload: await workloadPlan(options, {
      model,
      contextTokens: settings.contextTokens,
      rounds: 1,
      firstRound: session.iteration,
      timeoutSeconds: options.timeoutSeconds,
    }),
    ...planBase(options),
    warmUp: options.warmUp,
    conditions: options.conditions,
    session: { ...session, options: askedOfSession(options) },
  };
}

/** Several frameworks and formats: parity first, then the runs, interleaved, each in a fresh process with a log of its own. */
import { randomUUID } from 'node:crypto';
import { UserError } from '../command-line/errors.ts';
import type { Progress } from '../command-line/progress.ts';
import { KeptVocabulary } from '../engine/vocabulary-process.ts';
import type { Settings } from '../log/record-fields.ts';
import { type RunSummary, summarizeRun } from '../results/run-summary.ts';
import { engineSettings, planBase } from '../run/prepare.ts';
import { failureBy } from '../run/refusal.ts';
import { recordMissing, runBenchmark } from '../run/run.ts';
import type { RunPlan } from '../run/run-plan.ts';
import type { Stopped } from '../statistics/stopping-rule.ts';
import { type ParityReferenceRow, referenceRows } from '../workloads/parity/parity-text.ts';
import { answersCompared } from '../workloads/parity/workload.ts';
import { defaultQuestionsFile, readQuestions } from '../workloads/questions/questions.ts';
import { compareWithReferences } from '../workloads/reference/compare-trials.ts';
import { workloadPlan } from '../workloads/registry.ts';
import { type ComparedTrial, resolveTrials, type Trial } from '../workloads/trials.ts';
import { percentText, type SessionOptions } from './session-options.ts';
import { planOfSession, type SessionPlan } from './session-plan.ts';
import { repeatFailed, sessionRounds, slowOnes } from './session-rounds.ts';

/** With what the runs of the session have in common beside its options. */
type Working = SessionOptions & Pick<RunPlan, 'vocabularies'>;

type Asked = Working & {
  /** When the last round should be over, on the clock of `performance.now()`: rounds and seconds of a run are planned by it. */
  endsAtMs?: number | undefined;
  /** Contenders that take longer, and much longer than the quickest, are measured in the first round alone; absent: in all. */
  longestRunMs?: number | undefined;
  /** Called before anything is measured. */
  onPlan: (plan: SessionPlan) => void;
};

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
export async function runSession(asked: Asked, line: Progress, signal: AbortSignal): Promise<SessionResult> {
  const uuid = randomUUID();
  await using ownVocabulary = new KeptVocabulary();
  const options = { ...asked, vocabularies: asked.vocabularies ?? ownVocabulary };
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
  options: Working,
  line: Progress,
  signal: AbortSignal,
): Promise<ParityReferenceRow[]> {
  const { maxTokens: longestAnswer, questions, timeoutSeconds, ...engine } = options;
  const wish = {
    questionSet: await readQuestions(questions ?? defaultQuestionsFile),
    parityQuestions: options.parityQuestions,
    longestAnswer,
  };
  const passOptions = { ...engine, timeoutMs: timeoutSeconds * 1000, session: uuid };
  const { groups, outcomeOf } = await compareWithReferences(cells, answersCompared(wish), passOptions, line, signal);
  for (const cell of cells) {
    const outcome = outcomeOf(cell);
    cell.compared.parity = outcome;
    if (outcome.status === 'not judged' && outcome.cause !== 'interrupted' && !outcome.loaded) {
      const { cause, reason, remedy } = outcome;
      cell.compared.problems.push({ status: cause, reason, remedy });
    }
  }
  return referenceRows(groups, wish);
}

/** A cell that is missing, or does not load, is not measured in every iteration. */
function isMeasurable({ compared: { parity } }: Trial): boolean {
  return parity === null || parity.status !== 'not judged' || parity.loaded;
}

function twinOf(cell: Trial): Trial {
  return { ...cell, twin: true, compared: { ...cell.compared, runs: [], problems: [] } };
}

/** @returns runs that were replaced by better ones */
async function measure(
  cells: readonly Trial[],
  uuid: string,
  options: Asked & { iterations: number },
  line: Progress,
  signal: AbortSignal,
): Promise<Pick<SessionResult, 'replaced' | 'stopped'>> {
  const replaced: RunSummary[] = [];
  const out = new Set<Trial>();
  const firstRunMs = new Map<Trial, number>();
  const { endsAtMs, longestRunMs = Number.POSITIVE_INFINITY, ...asked } = options;
  const roundOptions = { ...asked, withinMs: endsAtMs === undefined ? undefined : endsAtMs - performance.now() };
  const metric = options.workload === 'kernel' ? 'tg' : 'decode';
  const rounds = sessionRounds(cells, roundOptions, metric, (cell) => out.has(cell));
  let order = -1;
  for (const { cell, iteration } of rounds.turns) {
    order++;
    if (signal.aborted) break;
    for (const [slow, runMs] of iteration > 0 ? slowOnes(firstRunMs, longestRunMs) : []) {
      if (!out.has(slow)) slow.compared.leftOutAfterMs = runMs;
      out.add(slow);
    }
    if (out.has(cell)) continue;
    const { framework, model, compared, twin } = cell;
    const name = `${framework.title} ${model.record.quantization.got}`;
    if (order > 0) line.update(order, rounds.total);
    line.stage(`${rounds.place(order)}: ${name}`, order > 0);
    const startedMs = performance.now();
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
      else if (iteration === 0) firstRunMs.set(cell, performance.now() - startedMs);
    } catch (error) {
      if (error instanceof UserError && error.exitCode === 2) throw error;
      compared.problems.push(failureBy(error));
      out.add(cell);
    }
  }
  return { replaced, stopped: rounds.stopped() };
}

/** Writes a log of a missing framework too, so that the report can say so. */
async function record(cell: Trial, uuid: string, options: Working): Promise<void> {
  const { compared } = cell;
  const [problem] = compared.problems;
  if (problem === undefined) return;
  const outcome = await recordMissing(await sessionRunPlan(cell, { uuid, order: 0, iteration: 0 }, options), problem);
  compared.runs.push(summarizeRun(outcome));
  compared.problems = [];
}

/** Options that the header of a run does not have otherwise, by their names. */
function askedOfSession({ until, parityQuestions, reference, ...options }: SessionOptions): Settings {
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
  options: Working,
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
    profile: options.profile,
    session: { ...session, options: askedOfSession(options) },
  };
}

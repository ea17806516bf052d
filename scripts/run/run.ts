/**
 * One run: a fresh engine process, one model, one workload, one raw log. Whatever happens after the log is open ends in
 * the log: a failure with its reason, an interruption, a missing framework.
 */

import { randomUUID } from 'node:crypto';
import packageJson from '../../package.json' with { type: 'json' };
import { exitCodes, oneLine, UserError } from '../command-line/errors.ts';
import { loggedTextLimits } from '../command-line/input-limits.ts';
import { stoppedBy } from '../command-line/interrupt.ts';
import { type Clock, clockSince, monotonicNow } from '../engine/clock.ts';
import { startEngine } from '../engine/engine.ts';
import { EngineFailure, EngineMissing } from '../engine/engine-failure.ts';
import { KeptRecords } from '../log/kept-records.ts';
import { checkedEnd } from '../log/run-end.ts';
import { createRunLog } from '../log/run-log.ts';
import { type EndRecord, type Header, type RunRecord, runLogSchemaVersion } from '../log/run-log-format.ts';
import { TimeLog } from '../log/time-log.ts';
import { describeHost } from '../machine/host.ts';
import type { ConditionsWatch } from '../machine/monitor/conditions-watch.ts';
import type { FrameworkSettings } from '../settings/settings.ts';
import { measureEmbeddings } from '../workloads/embedding/embedding-workload.ts';
import { measureKernel } from '../workloads/kernel/kernel-workload.ts';
import { runLoadTest } from '../workloads/load/load-test.ts';
import { measureAnswers } from '../workloads/questions/qa-workload.ts';
import { memoryMeter } from './memory-meter.ts';
import { MemoryTrack } from './memory-track.ts';
import { certifyRun, watchConditions } from './quality/run-conditions.ts';
import type { RunContext, RunReporter } from './run-context.ts';
import { type RunPlan, requestedSettings } from './run-plan.ts';
import { runWarnings } from './run-warnings.ts';

export interface RunOutcome {
  header: Header;
  logPath: string;
  end: EndRecord;
  /** What a script that did only this run should end with. */
  exitCode: number;
  /** Everything that is in the log. */
  records: readonly RunRecord[];
}

/** Measures what the plan says. */
export function runBenchmark(plan: RunPlan, reporter: RunReporter, signal: AbortSignal): Promise<RunOutcome> {
  return runWithLog(plan, { reporter, signal, onPiece: () => {} }, measure);
}

export interface RunSurroundings {
  reporter: RunReporter;
  /** Ctrl-C and its like: ends the engine, and the log with the status `interrupted`. */
  signal: AbortSignal;
  /** Text of an answer that is streamed. */
  onPiece: (text: string) => void;
}

/**
 * Opens engine and log, loads the model, lets `body` work with it, and closes the log with what became of it.
 * @throws UserError only when no log can be written
 */
export async function runWithLog(
  plan: RunPlan,
  { reporter, signal, onPiece }: RunSurroundings,
  body: (context: RunContext) => Promise<void>,
): Promise<RunOutcome> {
  const uuid = randomUUID();
  const originNs = monotonicNow();
  const startedAt = new Date().toISOString();
  const now = clockSince(originNs);
  const kept = new KeptRecords();
  const { write, all: records } = kept;
  const timeLog = new TimeLog(now, write);
  const host = await describeHost(plan.anonymize);
  const open = (version: string): Header => {
    const header = headerOf(plan, { uuid, startedAt, version, host });
    write(...doubtsOf(plan));
    kept.open(plan.output, header);
    return header;
  };

  let header: Header | undefined;
  let end: Pick<EndRecord, 'status' | 'error'>;
  let exitCode: number = exitCodes.ok;
  const abort = new AbortController();
  let conditions: ConditionsWatch | null = null;
  try {
    reporter.stage(`starting ${plan.framework.title}`);
    signal.throwIfAborted();
    conditions = await watchConditions(plan, now, write, signal);
    signal.throwIfAborted();
    timeLog.mark('engine_start', 'start');
    await using engine = await startEngine({
      framework: plan.framework,
      originNs,
      settings: plan.settings,
      timeoutMs: plan.timeoutMs,
      onCheckpoint: (checkpoint) => timeLog.add(checkpoint),
      onProgress: (fraction) => reporter.progress(fraction, 1),
      onPiece,
    });
    timeLog.mark('engine_start', 'end');
    const endEngine = () => void engine[Symbol.asyncDispose]();
    let onInterrupt = endEngine;
    kept.onFault = endEngine;
    signal.addEventListener('abort', () => onInterrupt(), { signal: abort.signal });
    const stoppable: RunContext['stoppable'] = async (stop, work) => {
      onInterrupt = () => void stop().catch(endEngine);
      try {
        return await work();
      } finally {
        onInterrupt = endEngine;
      }
    };
    using track = new MemoryTrack({ meter: memoryMeter(), now, engine, write });
    await track.start();
    const availability = await engine.probe();
    if (availability.status === 'missing') {
      header = open('missing');
      exitCode = exitCodes.missing;
      end = { status: 'missing', error: { message: availability.reason, remedy: availability.remedy } };
    } else {
      header = open(availability.version);
      await track.end('framework');
      const checkInterrupted = () => {
        signal.throwIfAborted();
        kept.requireWritten();
      };
      const context = { engine, plan, header, timeLog, write, reporter, checkInterrupted, stoppable };
      // A sample at either end of what is measured: between two of the usual ones a short run would be lost.
      timeLog.onEnd('warmup', () => {
        void track.note('warm');
        conditions?.sample();
      });
      await loadAndWork(context, track, now, async (loaded) => {
        await body(loaded);
        conditions?.sample();
      });
      kept.requireWritten();
      end = { status: 'completed' };
    }
  } catch (error) {
    header ??= open('unknown');
    ({ exitCode, end } = broken(kept.fault ?? error, signal));
  } finally {
    abort.abort();
    conditions?.close();
  }
  write(...certifyRun(records, conditions, plan.output));
  for (const warning of runWarnings(records)) write(warning);
  const ended: EndRecord = { type: 'end', ...end, atNs: now(), endedAt: new Date().toISOString() };
  const { closing, exitCode: checkedCode } = checkedEnd(records, { closing: ended, exitCode });
  write(closing);
  kept.close();
  return { header, logPath: kept.logPath, ...closedAs(kept, closing, checkedCode), records };
}

/** A log that could not be closed as it should is told of, whatever it would have said. */
export function closedAs(
  { fault }: Pick<KeptRecords, 'fault'>,
  closing: EndRecord,
  exitCode: number,
): Pick<RunOutcome, 'end' | 'exitCode'> {
  if (fault === undefined || closing.status !== 'completed') return { end: closing, exitCode };
  return { end: { ...closing, ...failed(fault) }, exitCode: exitCodes.failed };
}

/** A log that says why nothing was measured, where that is known before an engine is started. */
export async function recordMissing(
  plan: RunPlan,
  problem: { reason: string; remedy: string | null },
): Promise<RunOutcome> {
  const now = clockSince(monotonicNow());
  const host = await describeHost(plan.anonymize);
  const startedAt = new Date().toISOString();
  const header = headerOf(plan, { uuid: randomUUID(), startedAt, version: 'missing', host });
  const { reason: message, remedy } = problem;
  const error = remedy === null ? { message } : { message, remedy };
  const end: EndRecord = { type: 'end', status: 'missing', error, atNs: now(), endedAt: new Date().toISOString() };
  const log = createRunLog(plan.output, header);
  log.write(end);
  log.close();
  return { header, logPath: log.path, end, exitCode: exitCodes.missing, records: [header, end] };
}

async function loadAndWork(
  context: Omit<RunContext, 'showsLogits' | 'tellsLikelihoods'>,
  track: MemoryTrack,
  now: Clock,
  body: (context: RunContext) => Promise<void>,
): Promise<void> {
  const { engine, plan, write, reporter } = context;
  const writeStatistics = async (moment: 'loaded' | 'end') => {
    const values = await engine.statistics();
    if (Object.keys(values).length > 0) write({ type: 'statistics', moment, atNs: now(), values });
  };
  if (plan.workload.kind === 'load' && plan.framework.concurrent !== true) throw oneAtATime(plan);
  reporter.stage(`loading ${plan.model.record.name} ${plan.model.record.quantization.got}`);
  const { kernel, score, likelihoods, embed, notes, ...effective } = await engine.load(plan.model.path, plan.settings);
  if (plan.workload.kind === 'kernel' && !kernel) throw withoutKernel(plan);
  if (plan.workload.kind === 'embedding' && !embed) throw withoutEmbedding(plan);
  write({ type: 'effective', atNs: now(), ...effective });
  write(...notes.map((note) => ({ type: 'warning' as const, ...note })));
  await track.end('loaded', await engine.memory());
  await writeStatistics('loaded');
  await body({ ...context, showsLogits: score, tellsLikelihoods: likelihoods });
  await track.end('end', await engine.memory());
  await writeStatistics('end');
}

async function measure(context: RunContext): Promise<void> {
  const { workload } = context.plan;
  switch (workload.kind) {
    case 'qa':
      return measureAnswers(context, workload);
    case 'kernel':
      return measureKernel(context, workload);
    case 'embedding':
      return measureEmbeddings(context, workload);
    case 'load':
      return runLoadTest(context, workload);
    case 'chat':
    case 'parity':
    case 'pool':
    case 'accuracy':
    case 'perplexity':
      throw new Error(`a ${workload.kind} run has a body of its own`);
    default:
      return workload satisfies never;
  }
}

function withoutKernel(plan: RunPlan): UserError {
  return new UserError(`${plan.framework.title} has no kernel workload`, {
    exitCode: exitCodes.usage,
    remedy: 'Use --workload qa.',
  });
}

function withoutEmbedding(plan: RunPlan): UserError {
  return new UserError(`${plan.framework.title} shows no embeddings of ${plan.model.record.name}`, {
    exitCode: exitCodes.usage,
    remedy: 'Use --workload qa where the model generates text; `npm ci` brings the versions that were tried.',
  });
}

function oneAtATime(plan: RunPlan): UserError {
  return new UserError(`${plan.framework.title} answers one request at a time: there is no load to test`, {
    exitCode: exitCodes.usage,
    remedy: `Put it behind a server, \`npx tsx scripts/serve.ts --framework ${plan.framework.name}\` with the same options of model and engine, and test that.`,
  });
}

/** Doubts that were there before the run, as its log has them. */
export function doubtsOf({ doubts = [] }: RunPlan): RunRecord[] {
  return doubts.map((doubt) => ({ type: 'warning', ...doubt }));
}

/** How a run that broke off ends. A signal that says why was not a person's: a time limit, say. */
export function broken(
  error: unknown,
  signal: AbortSignal,
): { exitCode: number; end: Pick<EndRecord, 'status' | 'error'> } {
  const cause: unknown = signal.aborted ? signal.reason : error;
  if (signal.aborted && !(cause instanceof UserError)) {
    return { exitCode: exitCodes.interrupted, end: { status: 'interrupted', error: { message: stoppedBy(signal) } } };
  }
  return { exitCode: cause instanceof UserError ? cause.exitCode : exitCodes.failed, end: failed(cause) };
}

/** How a run that broke off is closed. */
function failed(error: unknown): Pick<EndRecord, 'status' | 'error'> {
  const known = error instanceof UserError ? error : undefined;
  const stderrTail = error instanceof EngineFailure ? error.stderrTail : '';
  return {
    status: error instanceof EngineMissing ? 'missing' : 'failed',
    error: {
      message: oneLine(error).slice(0, loggedTextLimits.text),
      ...(known?.remedy === undefined ? {} : { remedy: known.remedy }),
      ...(stderrTail === '' ? {} : { stderrTail }),
    },
  };
}

/** Nothing where nothing was given. */
function givenFields(given: FrameworkSettings = {}): { settings?: FrameworkSettings } {
  return Object.keys(given).length === 0 ? {} : { settings: given };
}

export function headerOf(
  plan: RunPlan,
  run: { uuid: string; startedAt: string; version: string; host: Header['host'] },
): Header {
  const { workload } = plan;
  return {
    type: 'header',
    schema: runLogSchemaVersion,
    uuid: run.uuid,
    startedAt: run.startedAt,
    tokenlap: packageJson.version,
    command: [...plan.command],
    ...(plan.session === undefined ? {} : { session: plan.session }),
    ...(plan.sweep === undefined ? {} : { sweep: plan.sweep }),
    workload: workload.kind,
    framework: {
      name: plan.framework.name,
      title: plan.framework.title,
      version: loggedName(run.version),
      ...givenFields(plan.settings.framework),
    },
    model: { ...plan.model.record, name: loggedName(plan.model.record.name) },
    requested: requestedSettings(plan),
    seed: plan.seed,
    ...('questions' in workload
      ? {
          questions: {
            file: workload.questions.file,
            ...(workload.questions.path === undefined ? {} : { path: workload.questions.path }),
            sha256: workload.questions.sha256,
            count: workload.questions.questions.length,
          },
        }
      : {}),
    host: run.host,
  };
}

/** Files and servers name themselves, and a longer name would make the log unreadable. */
function loggedName(name: string): string {
  return name.slice(0, loggedTextLimits.name);
}

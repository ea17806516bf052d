/**
 * One run: a fresh engine process, one model, one workload, one raw log. Whatever happens after the log is open ends in
 * the log: a failure with its reason, an interruption, a missing framework.
 */
import { randomUUID } from 'node:crypto';
import { exitCodes, oneLine, UserError } from '../command-line/errors.ts';
import { loggedTextLimits } from '../command-line/files/input-limits.ts';
import { stoppedBy } from '../command-line/interrupt.ts';
import { type Clock, clockSince, monotonicNow } from '../engine/clock.ts';
import { startEngine } from '../engine/engine.ts';
import { EngineFailure, EngineMissing } from '../engine/engine-failure.ts';
import { probeFramework } from '../engine/probe.ts';
import type { Availability } from '../frameworks/framework.ts';
import { KeptRecords } from '../log/kept-records.ts';
import { createRunLog, TimeLog } from '../log/run-log.ts';
import type { EndRecord, Header, RunRecord } from '../log/run-log-format.ts';
import { describeHost } from '../machine/facts/host.ts';
import type { SystemMonitor } from '../machine/monitor/system-monitor.ts';
import { checkedEnd } from '../results/invariants/run-end.ts';
import { memoryMeter } from './memory-meter.ts';
import { MemoryTrack } from './memory-track.ts';
import { qualityOfRun, watchMachine } from './quality/run-quality.ts';
import { doubtsOf, headerOf } from './run-header.ts';
import type { EnginesContext, PlannedWorkload, RunContext, RunPlan, RunReporter } from './run-plan.ts';
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

type OneEngine = Extract<PlannedWorkload, { ownEngines?: never }>;
type OwnEngines = Extract<PlannedWorkload, { ownEngines: true }>;

/** A run that goes on: its plan, its log, its clock. */
interface OpenRun {
  plan: RunPlan;
  reporter: RunReporter;
  signal: AbortSignal;
  onPiece: (text: string) => void;
  originNs: bigint;
  now: Clock;
  kept: KeptRecords;
  timeLog: TimeLog;
  /** Writes the header. @throws UserError when there can be no log */
  open: (version: string) => Header;
}

/** A framework that is not there is no failure of the run. */
type Done = 'completed' | Extract<Availability, { status: 'missing' }>;

/**
 * Opens the log, lets the workload of the plan work, and closes the log with what became of it.
 * @param signal Ctrl-C and its like: ends the engine, and the log with the status `interrupted`
 * @param onPiece told of the text of an answer that is streamed
 * @throws UserError only when no log can be written
 */
export async function runBenchmark(
  plan: RunPlan,
  reporter: RunReporter,
  signal: AbortSignal,
  onPiece: (text: string) => void = () => {},
): Promise<RunOutcome> {
  const { workload } = plan;
  const uuid = randomUUID();
  const originNs = monotonicNow();
  const startedAt = new Date().toISOString();
  const now = clockSince(originNs);
  const kept = new KeptRecords();
  const { write, all: records } = kept;
  const host = await describeHost(plan.anonymize);
  let header: Header | undefined;
  const open = (version: string): Header => {
    const opened = headerOf(plan, { uuid, startedAt, version, host });
    write(...doubtsOf(plan));
    kept.open(plan.output, opened);
    header = opened;
    return opened;
  };
  const run: OpenRun = { plan, reporter, signal, onPiece, originNs, now, kept, timeLog: new TimeLog(now, write), open };

  let end: Pick<EndRecord, 'status' | 'error'> = { status: 'completed' };
  let exitCode: number = exitCodes.ok;
  let conditions: SystemMonitor | null = null;
  try {
    reporter.stage(`starting ${plan.framework.title}`);
    signal.throwIfAborted();
    conditions = await watchMachine(plan, now, write, signal);
    signal.throwIfAborted();
    const done = workload.ownEngines
      ? await withOwnEngines(run, workload)
      : await withEngine(run, workload, conditions);
    if (done !== 'completed') {
      exitCode = exitCodes.missing;
      end = { status: 'missing', error: { message: done.reason, remedy: done.remedy } };
    } else kept.requireWritten();
  } catch (error) {
    if (header === undefined) open('unknown');
    ({ exitCode, end } = broken(kept.fault ?? error, signal));
  } finally {
    conditions?.close();
  }
  if (header === undefined) throw new Error('a run that ended without a header');
  write(...qualityOfRun(records, conditions, plan.output));
  if (!workload.ownEngines) write(...runWarnings(records, workload));
  const ended: EndRecord = { type: 'end', ...end, atNs: now(), endedAt: new Date().toISOString() };
  const { closing, exitCode: checkedCode } = checkedEnd(records, { closing: ended, exitCode });
  write(closing);
  kept.close();
  return { header, logPath: kept.logPath, ...closedAs(kept, closing, checkedCode), records };
}

/** Starts the engine, loads the model, and lets the workload work with it. */
async function withEngine(run: OpenRun, workload: OneEngine, conditions: SystemMonitor | null): Promise<Done> {
  const { plan, reporter, signal, onPiece, originNs, now, kept, timeLog } = run;
  const { write } = kept;
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
  const abort = new AbortController();
  signal.addEventListener('abort', () => onInterrupt(), { signal: abort.signal });
  try {
    using track = new MemoryTrack({ meter: memoryMeter(), now, engine, write });
    await track.start();
    const availability = await engine.probe();
    if (availability.status === 'missing') {
      run.open('missing');
      return availability;
    }
    const header = run.open(availability.version);
    await track.end('framework');
    // A sample at either end of what is measured: between two of the usual ones a short run would be lost.
    timeLog.onEnd('warmup', () => {
      void track.note('warm');
      conditions?.sample();
    });
    const context: Omit<RunContext, 'showsLogits' | 'tellsLikelihoods'> = {
      engine,
      plan,
      header,
      timeLog,
      write,
      reporter,
      checkInterrupted: () => {
        signal.throwIfAborted();
        kept.requireWritten();
      },
      stoppable: async (stop, work) => {
        onInterrupt = () => void stop().catch(endEngine);
        try {
          return await work();
        } finally {
          onInterrupt = endEngine;
        }
      },
    };
    await loadAndWork(context, track, now, async (loaded) => {
      await workload.run(loaded);
      conditions?.sample();
    });
    return 'completed';
  } finally {
    abort.abort();
  }
}

async function loadAndWork(
  context: Omit<RunContext, 'showsLogits' | 'tellsLikelihoods'>,
  track: MemoryTrack,
  now: Clock,
  body: (context: RunContext) => Promise<void>,
): Promise<void> {
  const { engine, plan, write, reporter } = context;
  const { workload, framework, model } = plan;
  const writeStatistics = async (moment: 'loaded' | 'end') => {
    const values = await engine.statistics();
    if (Object.keys(values).length > 0) write({ type: 'statistics', moment, atNs: now(), values });
  };
  workload.requireFramework?.(framework);
  reporter.stage(`loading ${model.record.name} ${model.record.quantization.got}`);
  const { effective, abilities } = await engine.load(model.path, plan.settings);
  workload.requireLoaded?.(abilities, plan);
  const { notes, ...facts } = effective;
  write({ type: 'effective', atNs: now(), ...facts });
  write(...notes.map((note) => ({ type: 'warning' as const, ...note })));
  await track.end('loaded', await engine.memory());
  await writeStatistics('loaded');
  await body({ ...context, showsLogits: abilities.score, tellsLikelihoods: abilities.likelihoods });
  await track.end('end', await engine.memory());
  await writeStatistics('end');
}

/** Lets the workload start its engines, once it is known that the framework is there. */
async function withOwnEngines(run: OpenRun, workload: OwnEngines): Promise<Done> {
  const { plan, reporter, originNs, now, kept, timeLog } = run;
  const availability = await probeFramework(plan.framework, plan.settings.device);
  const header = run.open(availability.status === 'available' ? availability.version : 'missing');
  if (availability.status === 'missing') return availability;
  // A log that cannot be written any more stops the work as a person would.
  const unwritable = new AbortController();
  kept.onFault = () => unwritable.abort(kept.fault);
  const signal = AbortSignal.any([run.signal, unwritable.signal]);
  const checkInterrupted = () => signal.throwIfAborted();
  const context: EnginesContext = {
    ...{ plan, header, timeLog, reporter, originNs, now, signal, checkInterrupted },
    write: kept.write,
  };
  await workload.run(context);
  return 'completed';
}

/** A log that could not be closed as it should is told of, whatever it would have said. */
function closedAs(
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

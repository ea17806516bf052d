/** The work of a run between the start of its log and its end: the engine is started, the model loaded, and the workload does the rest. */
import type { Clock } from '../engine/clock.ts';
import { type Engine, probeFramework, startEngine } from '../engine/engine.ts';
import type { Availability } from '../frameworks/framework.ts';
import type { Loaded } from '../frameworks/messages.ts';
import type { KeptRecords } from '../log/run-log.ts';
import { type Header, warning } from '../log/run-log-format.ts';
import type { TimeLog } from '../log/time-log.ts';
import type { SystemMonitor } from '../machine/monitor/system-monitor.ts';
import { memoryMeter } from './memory-meter.ts';
import { MemoryTrack } from './memory-track.ts';
import type { PlannedWorkload, RunPlan, RunReporter } from './run-plan.ts';

export type OneEngine = Extract<PlannedWorkload, { ownEngines?: never }>;
type OwnEngines = Extract<PlannedWorkload, { ownEngines: true }>;

/** A run that goes on: its plan, its log, its clock. */
export interface OpenRun {
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
export type Done = 'completed' | Extract<Availability, { status: 'missing' }>;

/** Starts the engine, loads the model, and lets the workload work with it. */
export async function withEngine(run: OpenRun, workload: OneEngine, monitor: SystemMonitor | null): Promise<Done> {
  const { plan, reporter, signal, onPiece, originNs, now, kept, timeLog } = run;
  const { write } = kept;
  timeLog.mark('engine_start', 'start');
  await using engine = await startEngine({
    framework: plan.framework,
    originNs,
    settings: plan.settings,
    timeoutMs: plan.timeoutMs,
    vocabularies: plan.vocabularies,
    onCheckpoint: (checkpoint) => timeLog.add(checkpoint),
    onProgress: (fraction, doing) => {
      if (doing === undefined) return reporter.progress(fraction, 1);
      reporter.stage(doing.what);
      reporter.progress(0, 0, doing.detail);
    },
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
    const writeStatistics = async (moment: 'loaded' | 'end') => {
      const values = await engine.statistics();
      if (Object.keys(values).length > 0) write({ type: 'statistics', moment, atNs: now(), values });
    };
    await track.end('framework');
    // A sample at either end of what is measured: between two of the usual ones a short run would be lost.
    timeLog.onEnd('warmup', () => {
      void track.note('warm');
      monitor?.sample();
    });
    const abilities = await load(run, engine, workload);
    await track.end('loaded', await engine.memory());
    await writeStatistics('loaded');
    await workload.run({
      engine,
      plan,
      header,
      timeLog,
      write,
      reporter,
      showsLogits: abilities.score,
      tellsLikelihoods: abilities.likelihoods,
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
    });
    monitor?.sample();
    await track.end('end', await engine.memory());
    await writeStatistics('end');
    if (plan.profile === true) await writeProfile(run, engine, abilities);
    return 'completed';
  } finally {
    abort.abort();
  }
}

/** Loads the model, and writes what the engine made of the settings. */
async function load(
  { plan, reporter, now, kept: { write } }: OpenRun,
  engine: Engine,
  workload: OneEngine,
): Promise<Loaded['abilities']> {
  const { framework, model, settings } = plan;
  workload.requireFramework?.(framework);
  reporter.stage(`loading ${model.record.name} ${model.record.quantization.got}`);
  const { effective, abilities } = await engine.load(model.path, settings);
  workload.requireLoaded?.(abilities, plan);
  const { notes, ...facts } = effective;
  write({ type: 'effective', atNs: now(), ...facts });
  write(...notes.map((note) => ({ type: 'warning' as const, ...note })));
  return abilities;
}

/** Tokens of the prompt whose evaluation is profiled, and tokens that follow it one by one. */
const profiled = { promptTokens: 64, tokens: 16 };

/** After everything that is measured: timers cost time. */
async function writeProfile(
  { plan, reporter, now, kept: { write } }: OpenRun,
  engine: Engine,
  abilities: Loaded['abilities'],
): Promise<void> {
  if (!abilities.profile) {
    write(warning('no_profile', `${plan.framework.title} does not time its operators, so --profile has no result`));
    return;
  }
  reporter.stage('timing the operators');
  const promptTokens = Math.min(profiled.promptTokens, Math.floor(plan.settings.contextTokens / 2));
  const phases = await engine.profile({ ...profiled, promptTokens, seed: plan.seed });
  write(...phases.map((phase) => ({ type: 'operators' as const, atNs: now(), ...phase })));
}

/** Lets the workload start its engines, once it is known that the framework is there. */
export async function withOwnEngines(run: OpenRun, workload: OwnEngines): Promise<Done> {
  const { plan, reporter, originNs, now, kept, timeLog } = run;
  const availability = await probeFramework(plan.framework, plan.settings.device);
  const header = run.open(availability.status === 'available' ? availability.version : 'missing');
  if (availability.status === 'missing') return availability;
  // A log that cannot be written any more stops the work as a person would.
  const unwritable = new AbortController();
  kept.onFault = () => unwritable.abort(kept.fault);
  const signal = AbortSignal.any([run.signal, unwritable.signal]);
  await workload.run({
    plan,
    header,
    timeLog,
    write: kept.write,
    reporter,
    originNs,
    now,
    signal,
    checkInterrupted: () => signal.throwIfAborted(),
  });
  return 'completed';
}

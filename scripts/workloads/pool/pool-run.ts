/** One resource pool test: its levels, cycles and faults, one raw log. Whatever happens ends in the log, as in every run. */
import { randomUUID } from 'node:crypto';
import { exitCodes } from '../../command-line/errors.ts';
import { clockSince, monotonicNow } from '../../engine/clock.ts';
import { probeFramework } from '../../engine/probe.ts';
import type { Loaded } from '../../engine/protocol.ts';
import { KeptRecords } from '../../log/kept-records.ts';
import type { Fault } from '../../log/records/pool-records.ts';
import { checkedEnd } from '../../log/run-end.ts';
import type { EndRecord, RunRecord } from '../../log/run-log-format.ts';
import { describeHost } from '../../machine/facts/host.ts';
import { broken, closedAs, doubtsOf, headerOf, type RunOutcome } from '../../run/run.ts';
import type { RunReporter } from '../../run/run-context.ts';
import type { PoolPlan, RunPlan } from '../../run/run-plan.ts';
import { measureCycles } from './cycles.ts';
import { type Level, measureLevel } from './levels.ts';
import type { NamedModel, PoolContext } from './pool-context.ts';
import { measureRecovery } from './recovery.ts';

export interface PoolTest {
  /** Its model is the first one. */
  plan: RunPlan & { workload: PoolPlan };
  levels: readonly Level[];
  model: NamedModel;
  faults: readonly Fault[];
  threads: number | undefined;
  cores: number;
}

/** @throws UserError only when no log can be written */
export async function runPoolTest(test: PoolTest, reporter: RunReporter, signal: AbortSignal): Promise<RunOutcome> {
  const { plan } = test;
  const originNs = monotonicNow();
  const startedAt = new Date().toISOString();
  const now = clockSince(originNs);
  const availability = await probeFramework(plan.framework, plan.settings.device);
  const version = availability.status === 'available' ? availability.version : 'missing';
  const host = await describeHost(plan.anonymize);
  const header = headerOf(plan, { uuid: randomUUID(), startedAt, version, host });
  const kept = new KeptRecords();
  const { write, all: records } = kept;
  kept.open(plan.output, header);
  write(...doubtsOf(plan));
  // A log that cannot be written any more stops the work as a person would.
  const unwritable = new AbortController();
  kept.onFault = () => unwritable.abort(kept.fault);
  const stop = AbortSignal.any([signal, unwritable.signal]);
  let exitCode: number = exitCodes.ok;
  let end: Pick<EndRecord, 'status' | 'error'>;
  try {
    if (availability.status === 'missing') {
      exitCode = exitCodes.missing;
      end = { status: 'missing', error: { message: availability.reason, remedy: availability.remedy } };
    } else {
      const tellEffective = effectiveOnce(write, now);
      const { threads, cores } = test;
      await measure(test, {
        plan,
        workload: plan.workload,
        threads,
        cores,
        originNs,
        now,
        signal: stop,
        reporter,
        write,
        tellEffective,
      });
      kept.requireWritten();
      end = { status: 'completed' };
    }
  } catch (error) {
    ({ exitCode, end } = broken(error, stop));
  }
  const ended: EndRecord = { type: 'end', ...end, atNs: now(), endedAt: new Date().toISOString() };
  const { closing, exitCode: checkedCode } = checkedEnd(records, { closing: ended, exitCode });
  write(closing);
  kept.close();
  return { header, logPath: kept.logPath, ...closedAs(kept, closing, checkedCode), records };
}

async function measure({ levels, model, faults }: PoolTest, context: PoolContext): Promise<void> {
  const { reporter } = context;
  for (const [index, level] of levels.entries()) {
    reporter.stage(`level ${index + 1} of ${levels.length}: ${levelName(level)}`);
    await measureLevel(context, level, index);
  }
  reporter.stage('loading and unloading');
  await measureCycles(context, model);
  for (const fault of faults) {
    reporter.stage(`recovery: ${fault.replaceAll('_', ' ')}`);
    await measureRecovery(context, model, fault);
  }
}

function levelName({ kind, engines, sequences, models }: Level): string {
  if (kind === 'models') return models.map(({ name }) => name).join(' + ');
  return kind === 'engines' ? `engines: ${engines}` : `sequences: ${sequences}`;
}

/** The first engine stands for all: they have the same settings but for threads and sequences, which each level tells. */
function effectiveOnce(write: (record: RunRecord) => void, now: () => number): (loaded: Loaded) => void {
  let told = false;
  return ({ kernel: _kernel, score: _score, notes, ...effective }) => {
    if (told) return;
    told = true;
    write({ type: 'effective', atNs: now(), ...effective });
    for (const note of notes) write({ type: 'warning', ...note });
  };
}

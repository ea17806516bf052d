/**
 * One run: a fresh engine process, one model, one workload, one raw log. Everything that happens after the log is open ends in
 * the log: a failure with its reason, an interruption, a missing framework.
 */
import { randomUUID } from 'node:crypto';
import { exitCodes } from '../command-line/errors.ts';
import { clockSince, monotonicNow } from '../engine/clock.ts';
import { createRunLog, KeptRecords } from '../log/run-log.ts';
import type { EndRecord, Header, RunRecord } from '../log/run-log-format.ts';
import { TimeLog } from '../log/time-log.ts';
import { describeHost } from '../machine/facts/host.ts';
import { revisionHere } from '../machine/facts/revision.ts';
import type { SystemMonitor } from '../machine/monitor/system-monitor.ts';
import { checkedEnd } from '../results/invariants/run-faults.ts';
import { qualityOfRun, watchMachine } from './quality/run-quality.ts';
import { broken, closedAs, doubtsOf, headerOf } from './run-header.ts';
import type { RunPlan, RunReporter } from './run-plan.ts';
import { runWarnings } from './run-warnings.ts';
import { type OpenRun, withEngine, withOwnEngines } from './run-work.ts';

export interface RunOutcome {
  header: Header;
  logPath: string;
  end: EndRecord;
  /** What a script that did only this run should end with. */
  exitCode: number;
  /** Everything that is in the log. */
  records: readonly RunRecord[];
}

/**
 * Opens the log, lets the workload of the plan work, and closes the log with the outcome.
 * @param signal Ctrl-C and its like: ends the engine, and the log with the status `interrupted`
 * @param onPiece receives the text of an answer that is streamed
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
  const [host, revision] = await Promise.all([describeHost(plan.anonymize), revisionHere()]);
  let header: Header | undefined;
  const open = (version: string): Header => {
    const opened = headerOf(plan, { uuid, startedAt, version, host, revision });
    write(...doubtsOf(plan));
    kept.open(plan.output, opened);
    header = opened;
    return opened;
  };
  const run: OpenRun = { plan, reporter, signal, onPiece, originNs, now, kept, timeLog: new TimeLog(now, write), open };

  let end: Pick<EndRecord, 'status' | 'error'> = { status: 'completed' };
  let exitCode: number = exitCodes.ok;
  let monitor: SystemMonitor | null = null;
  try {
    reporter.stage(`starting ${plan.framework.title}`);
    signal.throwIfAborted();
    monitor = await watchMachine(plan, now, write, signal);
    signal.throwIfAborted();
    const done = workload.ownEngines ? await withOwnEngines(run, workload) : await withEngine(run, workload, monitor);
    if (done !== 'completed') {
      exitCode = exitCodes.missing;
      end = { status: 'missing', error: { message: done.reason, remedy: done.remedy } };
    } else kept.requireWritten();
  } catch (error) {
    if (header === undefined) open('unknown');
    ({ exitCode, end } = broken(kept.fault ?? error, signal));
  } finally {
    monitor?.close();
  }
  if (header === undefined) throw new Error('a run that ended without a header');
  write(...qualityOfRun(records, monitor, plan.output));
  if (!workload.ownEngines) write(...runWarnings(records, workload));
  const ended: EndRecord = { type: 'end', ...end, atNs: now(), endedAt: new Date().toISOString() };
  const { closing, exitCode: checkedCode } = checkedEnd(records, { closing: ended, exitCode });
  write(closing);
  kept.close();
  return { header, logPath: kept.logPath, ...closedAs(kept, closing, checkedCode), records };
}

/** A log that says why nothing was measured, where that is known before an engine is started. */
export async function recordMissing(
  plan: RunPlan,
  problem: { reason: string; remedy: string | null },
): Promise<RunOutcome> {
  const now = clockSince(monotonicNow());
  const [host, revision] = await Promise.all([describeHost(plan.anonymize), revisionHere()]);
  const startedAt = new Date().toISOString();
  const header = headerOf(plan, { uuid: randomUUID(), startedAt, version: 'missing', host, revision });
  const { reason: message, remedy } = problem;
  const error = remedy === null ? { message } : { message, remedy };
  const end: EndRecord = { type: 'end', status: 'missing', error, atNs: now(), endedAt: new Date().toISOString() };
  const log = createRunLog(plan.output, header);
  log.write(end);
  log.close();
  return { header, logPath: log.path, end, exitCode: exitCodes.missing, records: [header, end] };
}

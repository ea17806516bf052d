/** How the log of a run begins and ends: what was asked, of whom, where; and the outcome. */
import packageJson from '../../package.json' with { type: 'json' };
import { exitCodes, oneLine, UserError } from '../command-line/errors.ts';
import { loggedTextLimits } from '../command-line/files/input-limits.ts';
import { stoppedBy } from '../command-line/interrupt.ts';
import { EngineFailure, EngineMissing } from '../engine/engine-failure.ts';
import type { KeptRecords } from '../log/run-log.ts';
import { type EndRecord, type Header, type RunRecord, runLogSchemaVersion } from '../log/run-log-format.ts';
import { defaults } from '../settings/defaults.ts';
import type { PlannedWorkload, RunPlan } from './run-plan.ts';

export function headerOf(
  plan: RunPlan,
  run: { uuid: string; startedAt: string; version: string; host: Header['host']; revision?: string | null },
): Header {
  const { questions } = plan.workload;
  const { framework: given = {} } = plan.settings;
  return {
    type: 'header',
    schema: runLogSchemaVersion,
    uuid: run.uuid,
    startedAt: run.startedAt,
    tokenlap: packageJson.version,
    ...(run.revision == null ? {} : { revision: run.revision }),
    ...(plan.tag === undefined ? {} : { tag: plan.tag }),
    command: [...plan.command],
    ...(plan.session === undefined ? {} : { session: plan.session }),
    ...(plan.sweep === undefined ? {} : { sweep: plan.sweep }),
    workload: plan.workload.name,
    framework: {
      name: plan.framework.name,
      title: plan.framework.title,
      version: loggedName(run.version),
      ...(Object.keys(given).length === 0 ? {} : { settings: given }),
    },
    model: { ...plan.model.record, name: loggedName(plan.model.record.name) },
    requested: requestedSettings(plan),
    seed: plan.seed,
    ...(questions === undefined ? {} : { questions: namedQuestions(questions) }),
    host: run.host,
  };
}

function namedQuestions({
  file,
  path,
  sha256,
  questions,
}: NonNullable<PlannedWorkload['questions']>): Header['questions'] {
  return { file, ...(path === undefined ? {} : { path }), sha256, count: questions.length };
}

/** Files and servers name themselves, and a longer name would make the log unreadable. */
function loggedName(name: string): string {
  return name.slice(0, loggedTextLimits.name);
}

/** What the header keeps of the request: all that a person needs to ask for the same. */
function requestedSettings(plan: RunPlan): Header['requested'] {
  const { timeoutMs, conditions = true, profile = false, warmUp, workload } = plan;
  const { framework: _, ...settings } = plan.settings;
  const timeoutSeconds = timeoutMs / 1000;
  return {
    ...settings,
    ...(workload.warmsUp ? { warmUp } : {}),
    ...workload.requested,
    ...(timeoutSeconds === defaults.timeoutSeconds ? {} : { timeoutSeconds }),
    ...(conditions ? {} : { conditions }),
    ...(profile ? { profile } : {}),
  };
}

/** Doubts that were there before the run, as its log has them. */
export function doubtsOf({ doubts = [] }: RunPlan): RunRecord[] {
  return doubts.map((doubt) => ({ type: 'warning', ...doubt }));
}

/** A log that could not be written to its end is a failure, also of a run that completed. */
export function closedAs(
  { fault }: Pick<KeptRecords, 'fault'>,
  closing: EndRecord,
  exitCode: number,
): { end: EndRecord; exitCode: number } {
  if (fault === undefined || closing.status !== 'completed') return { end: closing, exitCode };
  return { end: { ...closing, ...failed(fault) }, exitCode: exitCodes.failed };
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

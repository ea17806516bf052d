/**
 * Runs that are fresh processes which do next to nothing, with the logs of real ones. The token limit of a cell says how it behaves:
 * 500 fails, 501 hangs, 502 runs out of memory, 503 finds no framework, 504 fails once.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { UserError } from '../../scripts/command-line/errors.ts';
import { clockSince, monotonicNow } from '../../scripts/engine/clock.ts';
import { EngineMissing } from '../../scripts/engine/engine-failure.ts';
import { describeHost } from '../../scripts/hardware/host.ts';
import { broken, doubtsOf, headerOf, type RunOutcome } from '../../scripts/measure/run.ts';
import { createRunLog } from '../../scripts/measure/run-log.ts';
import type { EndRecord, RunRecord } from '../../scripts/measure/run-log-format.ts';
import type { RunPlan } from '../../scripts/measure/run-plan.ts';
import type { SweepWorld } from '../../scripts/sweeps/sweep-world.ts';
import { scripted } from './scripted-framework.ts';
import { scriptedModel } from './scripted-run.ts';

const engineMs = 15;
const hangMs = 30_000;

/** A header, a process, its exit, a closing line. */
async function shortRun(plan: RunPlan, _reporter: unknown, signal: AbortSignal): Promise<RunOutcome> {
  const now = clockSince(monotonicNow());
  const startedAt = new Date().toISOString();
  const host = await describeHost(plan.anonymize);
  const header = headerOf(plan, { uuid: randomUUID(), startedAt, version: 'scripted 1', host });
  const log = createRunLog(plan.output, header);
  const records: RunRecord[] = [header];
  const write = (...more: RunRecord[]) => {
    records.push(...more);
    log.write(...more);
  };
  write(...doubtsOf(plan));
  let end: Pick<EndRecord, 'status' | 'error'> = { status: 'completed' };
  let exitCode = 0;
  try {
    const behaviour = 'maxTokens' in plan.workload ? (plan.workload.maxTokens ?? 0) : 0;
    write({ type: 'checkpoint', name: 'engine_start', edge: 'start', atNs: now() });
    const ms = behaviour === 501 ? hangMs : engineMs;
    await once(spawn('sleep', [String(ms / 1000)], { stdio: 'ignore', signal }), 'exit');
    signal.throwIfAborted();
    misbehave(behaviour, plan.sweep?.attempt ?? 0);
    write({ type: 'checkpoint', name: 'engine_start', edge: 'end', atNs: now() });
  } catch (error) {
    ({ exitCode, end } = broken(error, signal));
  }
  const closing: EndRecord = { type: 'end', ...end, atNs: now(), endedAt: new Date().toISOString() };
  write(closing);
  log.close();
  return { header, logPath: log.path, end: closing, exitCode, records };
}

function misbehave(behaviour: number, attempt: number): void {
  if (behaviour === 500) throw new UserError('the engine is out of ideas', { remedy: 'Give it some.' });
  if (behaviour === 502) throw new UserError('the engine ended: std::bad_alloc');
  if (behaviour === 503) throw new EngineMissing('Scripted is not installed', 'Install it.');
  if (behaviour === 504 && attempt === 0) throw new UserError('the engine stumbled');
}

export const shortWorld: SweepWorld = {
  frameworkNamed: () => scripted,
  resolveModel: async () => scriptedModel(),
  runBenchmark: shortRun,
  availableBytes: () => 1e12,
};

/**
 * A sweep whose runs are fresh processes that do next to nothing, with the logs of real ones: `node scripted-sweep.ts FILE
 * --output DIR`, started ahead and begun by a byte on its standard input. `fail` as size makes a cell fail, `crash` kills its process.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { run } from '../../scripts/command-line/program.ts';
import { clockSince, monotonicNow } from '../../scripts/engine/clock.ts';
import { describeHost } from '../../scripts/hardware/host.ts';
import { broken, headerOf, type RunOutcome } from '../../scripts/measure/run.ts';
import { createRunLog } from '../../scripts/measure/run-log.ts';
import type { EndRecord, RunRecord } from '../../scripts/measure/run-log-format.ts';
import type { RunPlan } from '../../scripts/measure/run-plan.ts';
import { sweepCommand } from '../../scripts/sweeps/sweep-command.ts';
import type { SweepWorld } from '../../scripts/sweeps/sweep-world.ts';
import { scripted } from './scripted-framework.ts';
import { scriptedModel } from './scripted-run.ts';

const engineMs = 15;

/** A header, a process, its exit, a closing line. */
async function shortRun(plan: RunPlan, _reporter: unknown, signal: AbortSignal): Promise<RunOutcome> {
  const now = clockSince(monotonicNow());
  const startedAt = new Date().toISOString();
  const host = await describeHost(plan.anonymize);
  const header = headerOf(plan, { uuid: randomUUID(), startedAt, version: 'scripted 1', host });
  const log = createRunLog(plan.output, header);
  const records: RunRecord[] = [header];
  const write = (record: RunRecord) => {
    records.push(record);
    log.write(record);
  };
  let end: Pick<EndRecord, 'status' | 'error'> = { status: 'completed' };
  let exitCode = 0;
  try {
    write({ type: 'checkpoint', name: 'engine_start', edge: 'start', atNs: now() });
    await once(spawn('sleep', [String(engineMs / 1000)], { stdio: 'ignore', signal }), 'exit');
    signal.throwIfAborted();
    write({ type: 'checkpoint', name: 'engine_start', edge: 'end', atNs: now() });
  } catch (error) {
    ({ exitCode, end } = broken(error, signal));
  }
  const closing: EndRecord = { type: 'end', ...end, atNs: now(), endedAt: new Date().toISOString() };
  write(closing);
  log.close();
  return { header, logPath: log.path, end: closing, exitCode, records };
}

export const scriptedWorld: SweepWorld = {
  frameworkNamed: () => scripted,
  resolveModel: async () => scriptedModel(),
  runBenchmark: shortRun,
  availableBytes: () => 1e12,
};

if (process.argv[1] === import.meta.filename) {
  process.stdout.write('ready\n');
  await once(process.stdin, 'data');
  process.stdin.destroy();
  await run(() => sweepCommand(scriptedWorld));
}

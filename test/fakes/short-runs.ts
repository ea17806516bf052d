/**
 * Runs that are fresh processes which do next to nothing, with logs as complete as those of real ones. The token limit of a cell says how it behaves:
 * 500 fails, 501 hangs, 502 runs out of memory, 503 finds no framework, 504 fails once.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { UserError } from '../../scripts/command-line/errors.ts';
import type { SweepWorld } from '../../scripts/compare/sweeps/cell-run.ts';
import { type Clock, clockSince, monotonicNow } from '../../scripts/engine/clock.ts';
import { EngineMissing } from '../../scripts/engine/engine-failure.ts';
import type { Generation } from '../../scripts/frameworks/messages.ts';
import type { Phase } from '../../scripts/log/record-fields.ts';
import { createRunLog } from '../../scripts/log/run-log.ts';
import type { Effective, EndRecord, MemoryRecord, RunRecord } from '../../scripts/log/run-log-format.ts';
import { TimeLog } from '../../scripts/log/time-log.ts';
import { describeHost } from '../../scripts/machine/facts/host.ts';
import { checkedEnd } from '../../scripts/results/invariants/run-faults.ts';
import { type RunOutcome, runBenchmark } from '../../scripts/run/run.ts';
import { broken, doubtsOf, headerOf } from '../../scripts/run/run-header.ts';
import type { RunPlan, RunReporter } from '../../scripts/run/run-plan.ts';
import { ask } from '../../scripts/workloads/questions/qa-routine.ts';
import { type QaPlan, questions } from '../../scripts/workloads/questions/workload.ts';
import { planned } from '../../scripts/workloads/workload.ts';
import { paperEngine } from './paper-engine.ts';
import { scripted } from './scripted-framework.ts';
import { scriptedModel, scriptedQuestions } from './scripted-run.ts';

const engineMs = 15;
const hangMs = 30_000;
const mostTokens = 4;

/** A process and its exit, and the questions put to an engine that answers at once. */
async function shortRun(asked: RunPlan, reporter: RunReporter, signal: AbortSignal): Promise<RunOutcome> {
  const { requested } = asked.workload;
  // Other workloads run as they are, with the scripted engine.
  if (asked.workload.name !== 'qa') return runBenchmark(asked, reporter, signal);
  const qa = {
    ...scriptedQuestions,
    questions: { ...scriptedQuestions.questions, questions: scriptedQuestions.questions.questions.slice(0, 1) },
    rounds: 1,
    firstRound: Number(requested.firstRound),
    maxTokens: Number(requested.maxTokens),
  };
  const plan: RunPlan = { ...asked, warmUp: 1, workload: planned(questions, qa) };
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
  const weigh = (moment: MemoryRecord['moment']) =>
    write({ type: 'memory', moment, atNs: now(), residentBytes: 3e8, meter: 'test' });
  write(...doubtsOf(plan));
  let end: Pick<EndRecord, 'status' | 'error'> = { status: 'completed' };
  let exitCode = 0;
  try {
    weigh('baseline');
    await startProcess(qa.maxTokens, plan.sweep?.attempt ?? 0, { now, write, signal });
    weigh('framework');
    write({ type: 'effective', atNs: now(), ...effective });
    weigh('loaded');
    const timeLog = new TimeLog(now, write);
    await timeLog.span('warmup', () => answer(qa, plan.seed, { index: 0, phase: 'cold' }, { now, write, timeLog }));
    await answer(qa, plan.seed, { index: 1, phase: 'measured' }, { now, write, timeLog });
    weigh('peak');
  } catch (error) {
    ({ exitCode, end } = broken(error, signal));
  }
  const ended: EndRecord = { type: 'end', ...end, atNs: now(), endedAt: new Date().toISOString() };
  const checked = checkedEnd(records, { closing: ended, exitCode });
  write(checked.closing);
  log.close();
  return { header, logPath: log.path, end: checked.closing, exitCode: checked.exitCode, records };
}

const effective: Omit<Effective, 'type' | 'atNs'> = {
  device: 'cpu',
  deviceName: 'paper',
  comparable: true,
  settings: { threads: 1 },
  build: {},
  kvBytesPerPosition: 4,
};

interface Surroundings {
  now: Clock;
  write: (...records: RunRecord[]) => void;
  signal: AbortSignal;
}

async function startProcess(behaviour: number, attempt: number, { now, write, signal }: Surroundings): Promise<void> {
  write({ type: 'checkpoint', name: 'engine_start', edge: 'start', atNs: now() });
  const ms = behaviour === 501 ? hangMs : engineMs;
  await once(spawn('sleep', [String(ms / 1000)], { stdio: 'ignore', signal }), 'exit');
  signal.throwIfAborted();
  misbehave(behaviour, attempt);
  write({ type: 'checkpoint', name: 'engine_start', edge: 'end', atNs: now() });
}

interface Place {
  index: number;
  phase: Phase;
}

async function answer(
  qa: QaPlan,
  seed: number,
  { index, phase }: Place,
  { now, write, timeLog }: Omit<Surroundings, 'signal'> & { timeLog: TimeLog },
): Promise<void> {
  const [question] = qa.questions.questions;
  if (question === undefined) throw new Error('a plan without a question');
  const asked = { answer: index, phase, round: 0, questionId: question.id, question: question.question };
  const { answer, tokens } = await timeLog.span(
    'question',
    () =>
      ask(
        paperEngine(async ({ maxTokens }) => answerAtOnce(maxTokens, now)),
        async () => ({ text: question.question, durationNs: 0 }),
        { ...asked, expected: question.answer, messages: [{ role: 'user', content: question.question }] },
        { ...qa, seed, reusePrefix: false, stream: false },
      ),
    String(index),
  );
  write(...tokens, answer);
}

function answerAtOnce(maxTokens: number, now: Clock): Generation {
  const submitNs = now();
  const atNs = Array.from({ length: Math.min(maxTokens, mostTokens) }, () => now());
  return {
    ids: atNs.map((_, i) => i),
    atNs,
    pieces: atNs.map(() => 'x'),
    submitNs,
    promptEvaluatedNs: null,
    cachedPromptTokens: 0,
    stop: 'length',
  };
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

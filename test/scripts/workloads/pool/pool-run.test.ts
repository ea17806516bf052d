/** A resource pool test over the scripted framework: real processes, real kills. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type RunOutcome, runBenchmark } from '../../../../scripts/run/run.ts';
import { levelsOf, namedModel, type PoolPlan } from '../../../../scripts/workloads/pool/plan.ts';
import { poolResult } from '../../../../scripts/workloads/pool/text.ts';
import { pool } from '../../../../scripts/workloads/pool/workload.ts';
import { planned } from '../../../../scripts/workloads/workload.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';
import { scriptHere } from '../../../fakes/script-here.ts';
import { absent, scripted } from '../../../fakes/scripted-framework.ts';
import { scriptedPlan, scriptedQuestions } from '../../../fakes/scripted-run.ts';

const silent = { stage: () => {}, progress: () => {} };
const several = { ...scripted, sequences: true } as const;

type Asked = Partial<Pick<PoolPlan, 'cycles' | 'faults' | 'retries' | 'maxTokens' | 'secondsPerLevel'>>;

function run(
  change: Asked & { engines?: number; sequences?: number } = {},
  behaviour = '',
  signal = never,
  plan = scriptedPlan(outputFolder(), { framework: several }, behaviour),
): Promise<RunOutcome> {
  const model = namedModel(plan.model);
  const { engines = 0, sequences = 0, ...asked } = change;
  const workload = planned(pool, {
    questions: scriptedQuestions.questions,
    levels: levelsOf({ engines, sequences }, plan.framework, model, []),
    model,
    faults: [],
    cycles: 0,
    secondsPerLevel: 1,
    retries: 1,
    maxTokens: 8,
    threads: 1,
    cores: 2,
    ...asked,
  });
  return runBenchmark({ ...plan, workload }, silent, signal);
}

const never = new AbortController().signal;

it('answers more at a time with more engines and more sequences, and shares fairly', async () => {
  const outcome = await run({ cycles: 3, engines: 2, sequences: 2 }, 'ttft=5&gap=5');
  expect(outcome.end.status).toBe('completed');
  const { levels, cycles } = poolResult(outcome);
  expect(levels.map(({ name }) => name)).toEqual(['1 engine', '2 engines', '1 sequence', '2 sequences']);
  for (const { figures, level } of levels) {
    expect(figures.failed).toBe(0);
    expect(figures.answered).toBeGreaterThan(level.concurrency);
    expect(figures.workerTokensPerSecond).toHaveLength(level.concurrency);
    expect(figures.fairness).toBeGreaterThan(0.5);
    expect(level.memory.residentBytes).toBeGreaterThan(10e6);
    expect(level.memory.engineBytes).toBeNull();
  }
  // Two sequences are one process, two engines are two.
  expect(levels[1]?.level.memory.residentBytes).toBeGreaterThan(1.5 * (levels[3]?.level.memory.residentBytes ?? 0));
  expect(cycles?.cycles).toBe(3);
  const written = readFileSync(outcome.logPath, 'utf8').trim().split('\n');
  expect(written).toHaveLength(outcome.records.length);
});

it('recovers from a killed engine, and every request is told of once', async () => {
  const outcome = await run({ faults: ['killed'] }, 'ttft=40&gap=20');
  const [recovery] = poolResult(outcome).recoveries;
  expect(recovery?.record.note).toMatch(/one of 2 engines: the Scripted engine was killed \(SIGKILL\)/);
  expect(recovery?.figures).toMatchObject({ lost: 0, failed: 0 });
  expect(recovery?.figures.repeated).toBeGreaterThanOrEqual(1);
  const { readyMs, answeredMs } = recovery?.figures ?? {};
  expect(answeredMs).toBeGreaterThan(readyMs ?? Number.POSITIVE_INFINITY);
  const requests = outcome.records.filter((record) => record.type === 'pool_request');
  expect(new Set(requests.map(({ request }) => request)).size).toBe(recovery?.figures.sent);
});

it('without repeating tells the request that a fault has cost', async () => {
  const outcome = await run({ faults: ['killed'], retries: 0 }, 'ttft=40&gap=20');
  const [recovery] = poolResult(outcome).recoveries;
  expect(recovery?.figures).toMatchObject({ lost: 0, repeated: 0 });
  expect(recovery?.figures.failed).toBeGreaterThanOrEqual(1);
});

it('ends in order when it is stopped, with what it has', async () => {
  const stopping = new AbortController();
  const ending = run({ engines: 1, secondsPerLevel: 60 }, 'ttft=5&gap=5', stopping.signal);
  setTimeout(() => stopping.abort(), 3000);
  const outcome = await ending;
  expect(outcome).toMatchObject({ exitCode: 130, end: { status: 'interrupted' } });
});

it('that cannot load its model, or has no framework, says so in its log', async () => {
  const refused = await run({ engines: 1 }, 'load=refuse');
  expect(refused).toMatchObject({ exitCode: 1, end: { status: 'failed', error: { message: 'the model is broken' } } });
  const missing = await run({ engines: 1 }, '', never, scriptedPlan(outputFolder(), { framework: absent }));
  expect(missing).toMatchObject({ exitCode: 3, end: { status: 'missing' } });
  expect(existsSync(missing.logPath)).toBe(true);
});

it.each([
  { args: ['--models', 'tiny'], says: /size:format/ },
  { args: ['--faults', 'flood'], says: /Allowed: killed, out-of-memory, broken-model, none/ },
  { args: ['--framework', 'onnx', '--sequences', '2'], says: /ONNX Runtime computes one sequence at a time/ },
])('the script refuses $args before it starts anything', async ({ args, says }) => {
  const { code, stderr, stdout } = await scriptHere('scripts/resource-pool-benchmark.ts', [
    '--output',
    outputFolder(),
    ...args,
  ]);
  expect(code).toBe(2);
  expect(stderr).toMatch(says);
  expect(stdout).toBe('');
});

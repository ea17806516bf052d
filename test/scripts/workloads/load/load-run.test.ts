import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { frameworkNamed } from '../../../../scripts/frameworks/registry.ts';
import { recordSchema } from '../../../../scripts/log/run-log-format.ts';
import { resolveModel } from '../../../../scripts/models/resolve.ts';
import { summarizeRun } from '../../../../scripts/results/run-summary.ts';
import { runBenchmark } from '../../../../scripts/run/run.ts';
import type { RunPlan, RunReporter } from '../../../../scripts/run/run-plan.ts';
import type { LoadRequestRecord, LoadStageRecord } from '../../../../scripts/workloads/load/records.ts';
import type { LoadPlan } from '../../../../scripts/workloads/load/stages.ts';
import { load } from '../../../../scripts/workloads/load/workload.ts';
import { summaryText } from '../../../../scripts/workloads/summary-text.ts';
import { planned } from '../../../../scripts/workloads/workload.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';
import { scriptHere } from '../../../fakes/script-here.ts';
import { scriptedModel, scriptedPlan, scriptedQuestions } from '../../../fakes/scripted-run.ts';
import { startTokenServer } from '../../../fakes/token-server-process.ts';
import { environment } from '../../frameworks/openai/client.ts';

const quiet: RunReporter = { stage: () => {}, progress: () => {} };

/** A plan against a server that does as its model's name says, see token-server.ts. */
async function planOf(script: string, change: Partial<LoadPlan> = {}): Promise<RunPlan> {
  const server = await startTokenServer(script);
  environment({ TOKENLAP_OPENAI_URL: server.url });
  const request = { size: 'tiny', algorithm: undefined, quantize: 'f16', path: undefined, synthetic: false };
  const plan = scriptedPlan(outputFolder(), {
    framework: frameworkNamed('openai'),
    model: await resolveModel({ ...request, seed: 1, offline: true, formats: [] }, () => {}),
  });
  const workload: LoadPlan = {
    shape: { kind: 'concurrency', clients: 2 },
    questions: scriptedQuestions.questions,
    seconds: 0.5,
    warmUpRequests: 1,
    requestTimeoutMs: 5000,
    objectives: { ttft: 2000 },
    maxTokens: 4,
    temperature: 0,
    ignoreEndOfSequence: false,
    ...change,
  };
  return { ...plan, workload: planned(load, workload) };
}

async function run(plan: RunPlan, signal = new AbortController().signal, reporter = quiet) {
  const outcome = await runBenchmark(plan, reporter, signal);
  const log = readFileSync(outcome.logPath, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => recordSchema.parse(JSON.parse(line)));
  expect(log).toEqual([...outcome.records.slice(0, -1), { ...outcome.end, crc32: expect.any(Number) }]);
  const requests = log.filter((record): record is LoadRequestRecord => record.type === 'load_request');
  const stages = log.filter((record): record is LoadStageRecord => record.type === 'load_stage');
  return { outcome, requests, stages, summary: summarizeRun(outcome) };
}

describe('a load test of a server', () => {
  it('is a log with every request and stage, and figures that follow from them', async () => {
    const { outcome, requests, stages, summary } = await run(await planOf('tokens=4&gap=10&ttft=20', { seconds: 2 }));
    expect(outcome.end).toMatchObject({ status: 'completed' });
    expect(outcome.header).toMatchObject({
      workload: 'load',
      requested: { load: 'concurrency=2', loadSeconds: 2, requestTimeoutSeconds: 5, sloTtftMs: 2000, sloE2eMs: null },
      questions: { count: 3 },
    });
    expect(stages).toMatchObject([{ stage: 0, shape: { kind: 'closed', clients: 2 }, requests: requests.length }]);
    expect(requests.length).toBeGreaterThan(4);
    expect(new Set(requests.slice(0, 3).map(({ questionId }) => questionId)).size).toBe(3);
    const [stage] = summary.load?.stages ?? [];
    expect(stage?.figures).toMatchObject({ sent: requests.length, completed: requests.length, failures: {} });
    expect(stage?.figures.goodput?.share).toBe(1);
    // Little's law: requests on their way are their rate times their time.
    const { concurrency = 0, requestsPerSecond = 0 } = stage?.figures ?? {};
    const seconds = requests.reduce((sum, { sentNs, endNs }) => sum + endNs - sentNs, 0) / requests.length / 1e9;
    expect(concurrency).toBeCloseTo(requestsPerSecond * seconds, 9);
    expect(concurrency).toBeLessThanOrEqual(2);
    expect(concurrency).toBeGreaterThan(1);
    const shown = summaryText(summary);
    expect(shown).toContain('2 at a time');
    expect(shown).not.toMatch(/\d threads?\b/);
    expect(shown).not.toContain('?');
  });

  it('counts from the schedule: waiting in the queue of a server with one place is latency', async () => {
    const { requests, summary } = await run(
      await planOf('tokens=2&ttft=100&slots=1', { shape: { kind: 'constant', perSecond: 40 }, warmUpRequests: 0 }),
    );
    expect(requests).toHaveLength(20);
    const last = requests.at(-1);
    // 20 answers of 100 ms each, one after the other, all due within half a second.
    expect(((last?.firstTokenNs ?? 0) - (last?.scheduledNs ?? 0)) / 1e6).toBeGreaterThan(1400);
    expect(summary.warnings.map(({ code }) => code)).toContain('queue_grew');
  });

  it.each([
    { script: 'break=2&tokens=4', kind: 'broken_stream' },
    { script: 'ttft=60000', kind: 'timeout' },
  ])('counts requests that fail ($script) by their kind and averages none of them in', async ({ script, kind }) => {
    const change = { requestTimeoutMs: 300, warmUpRequests: 0, seconds: 0.3 };
    const { outcome, requests, summary } = await run(await planOf(script, change));
    expect(outcome.end).toMatchObject({ status: 'completed' });
    expect(requests.length).toBeGreaterThan(0);
    expect(summary.load?.stages[0]?.figures).toMatchObject({
      completed: 0,
      failures: { [kind]: requests.length },
      tokensPerSecond: 0,
      ttftMs: { count: 0, p50: null },
      goodput: { share: 0 },
    });
    expect(summary.warnings.map(({ code }) => code)).toContain('requests_failed');
  });

  it('that is interrupted keeps its stages, and the requests of the one that was running', async () => {
    const plan = await planOf('tokens=4&gap=20', {
      shape: { kind: 'ramp', mostClients: 2 },
      seconds: 0.6,
      warmUpRequests: 0,
    });
    const controller = new AbortController();
    const stopInSecond: RunReporter = {
      stage: (label) => {
        if (label.includes('2 at a time')) setTimeout(() => controller.abort(), 250);
      },
      progress: () => {},
    };
    const { outcome, requests, stages, summary } = await run(plan, controller.signal, stopInSecond);
    expect(outcome).toMatchObject({ exitCode: 130, end: { status: 'interrupted' } });
    expect(stages.map(({ stage }) => stage)).toEqual([0, 1]);
    expect(requests.filter(({ stop }) => stop === 'cancelled').length).toBeGreaterThan(0);
    expect(summary.load?.stages[1]?.figures.cancelled).toBeGreaterThan(0);
    expect(summary.load?.saturation).toBeNull();
  });

  it('is refused for what answers one request at a time, before anything is loaded', async () => {
    const { workload } = await planOf('tokens=1');
    const { outcome, summary } = await run(scriptedPlan(outputFolder(), { workload }));
    expect(outcome.end).toMatchObject({
      status: 'failed',
      error: { message: 'Scripted answers one request at a time: there is no load to test' },
    });
    expect(summary.spansMs.modelLoad).toBeNull();
  });
});

describe('the plan of a load test', () => {
  const planOfLoad = (values: { workload?: 'kernel' } = {}, { contextTokens = 512, timeoutSeconds = 100 } = {}) =>
    load.plan?.(
      {
        workload: 'qa',
        questions: undefined,
        minSeconds: undefined,
        maxTokens: 8,
        temperature: 0,
        ignoreEndOfSequence: false,
        nPrompt: 1,
        nGen: 1,
        depth: 0,
        repetitions: 1,
        batchTexts: 1,
        load: { load: { kind: 'single' }, loadSeconds: 30, loadWarmUp: 1, requestTimeoutSeconds: 60 },
        ...values,
      },
      { model: scriptedModel(), contextTokens, rounds: 1, firstRound: 0, timeoutSeconds },
    );

  it('asks no more of the client than --timeout allows', async () => {
    await expect(planOfLoad({}, { timeoutSeconds: 90 })).rejects.toMatchObject({
      message: 'a stage may take 90 s, its last request included, and --timeout is 90 s',
      remedy: expect.stringContaining('--timeout 150'),
      exitCode: 2,
    });
    expect(await planOfLoad()).toMatchObject({ requestTimeoutMs: 60_000, objectives: {} });
  });

  it('has questions, and room for the answers', async () => {
    await expect(planOfLoad({ workload: 'kernel' })).rejects.toThrow(/asks questions/);
    await expect(planOfLoad({}, { contextTokens: 8 })).rejects.toThrow(/context of at least 9/);
  });
});

describe('the command line', () => {
  async function script(name: string, ...args: string[]) {
    const child = spawn(process.execPath, ['--import', 'tsx', `scripts/${name}-benchmark.ts`, ...args]);
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { stdout, stderr, code };
  }

  it('has options for load where many requests can be answered at a time, and nowhere else', async () => {
    expect((await scriptHere('scripts/openai-benchmark.ts', ['--help'])).stdout).toContain('--load <shape>');
    expect((await scriptHere('scripts/llamacpp-benchmark.ts', ['--help'])).stdout).not.toContain('--load <shape>');
    const wrong = await scriptHere('scripts/openai-benchmark.ts', ['--load', 'storm']);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('Allowed: single, concurrency=8');
  });

  it('prints the figures as JSON alone', async () => {
    const server = await startTokenServer('tokens=3&gap=5');
    const shape = ['--load', 'ramp=2', '--load-seconds', '0.4', '--load-warmup', '0', '--slo', 'ttft=900,tpot=500'];
    const place = ['--url', server.url, '--size', 'tiny', '--output', outputFolder()];
    const { stdout, code } = await script('openai', ...place, ...shape, '--json');
    expect(code).toBe(0);
    const { load, answers } = JSON.parse(stdout);
    expect(answers).toBeNull();
    expect(load).toMatchObject({ load: 'ramp=2', objectives: { ttft: 900, tpot: 500 } });
    expect(load.stages.map(({ shape: { clients } }: { shape: { clients: number } }) => clients)).toEqual([1, 2]);
    expect(load.saturation).toMatch(/at a time/);
  });
});

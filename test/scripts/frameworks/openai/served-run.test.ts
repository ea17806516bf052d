/** Whole runs against servers that send what gives no number: what a person is shown, and with which exit code. */
import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { frameworkNamed } from '../../../../scripts/frameworks/registry.ts';
import { resolveModel } from '../../../../scripts/models/resolve.ts';
import { summarizeRun } from '../../../../scripts/results/run-summary.ts';
import { type RunOutcome, runBenchmark } from '../../../../scripts/run/run.ts';
import { summaryText } from '../../../../scripts/workloads/summary-text.ts';
import { answeringServer, beginStream, chunk, eventsText, finish, usage } from '../../../fakes/answering-server.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';
import { scriptedPlan } from '../../../fakes/scripted-run.ts';
import { environment } from './client.ts';

async function runAgainst(stream: (response: ServerResponse) => void): Promise<RunOutcome> {
  const { url } = await answeringServer(stream);
  environment({ TOKENLAP_OPENAI_URL: url });
  const request = { size: 'tiny', algorithm: undefined, quantize: 'f16', path: undefined, synthetic: false };
  const plan = scriptedPlan(outputFolder(), {
    framework: frameworkNamed('openai'),
    model: await resolveModel({ ...request, seed: 1, offline: true, formats: [] }, () => {}),
    timeoutMs: 120_000,
  });
  return runBenchmark(plan, { stage: () => {}, progress: () => {} }, new AbortController().signal);
}

it('calls of tools fail the run, and no figure of it is shown', async () => {
  const outcome = await runAgainst((response) => {
    beginStream(response);
    const call = { tool_calls: [{ index: 0, function: { name: 'answer', arguments: '{}' } }] };
    response.end(eventsText(finish(null, call), finish('tool_calls'), usage(5, 7), '[DONE]'));
  });
  expect(outcome).toMatchObject({
    exitCode: 1,
    end: { status: 'failed', error: { message: expect.stringContaining('7 tokens without text') } },
  });
  const summary = summarizeRun(outcome);
  expect(summary.answers).toBeNull();
  expect(summaryText(summary)).not.toMatch(/TTFT|tokens\/s|GB\/s/);
});

it('text in two writes completes the run without a rate, and that is said', async () => {
  const words = Array.from({ length: 8 }, (_, i) => chunk(`word ${i} `));
  const outcome = await runAgainst((response) => {
    beginStream(response);
    setTimeout(() => response.write(eventsText(...words)), 100);
    setTimeout(() => response.end(eventsText(...words, finish('length'), '[DONE]')), 102);
  });
  expect(outcome).toMatchObject({ exitCode: 0, end: { status: 'completed' } });
  const summary = summarizeRun(outcome);
  expect(summary.answers).toMatchObject({
    tpotMs: null,
    decodeTokensPerSecond: null,
    totals: { tpotMs: null, decodeTokensPerSecond: null },
    memoryThroughputGbPerSecond: null,
  });
  expect(summary.answers?.ttftMs?.min).toBeGreaterThan(99);
  const shown = summaryText(summary);
  expect(shown).not.toMatch(/GB\/s|over all answers/);
  expect(shown).toMatch(
    /6 of 6 answers came in too few pieces.*they have no TPOT and no decode rate, and the run has none/,
  );
});

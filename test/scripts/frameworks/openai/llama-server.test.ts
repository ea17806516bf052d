/** llama.cpp's own server, where there is one: TOKENLAP_LLAMA_SERVER=/path/to/llama-server npx vitest run llama-server */

import { spawn } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { frameworkNamed } from '../../../../scripts/frameworks/registry.ts';
import { resolveModel } from '../../../../scripts/models/resolve.ts';
import { summarizeRun } from '../../../../scripts/results/run-summary.ts';
import { runBenchmark } from '../../../../scripts/run/run.ts';
import { defaultQuestionsFile, readQuestions } from '../../../../scripts/workloads/questions/questions.ts';
import { questions as questionsWorkload } from '../../../../scripts/workloads/questions/workload.ts';
import { planned } from '../../../../scripts/workloads/workload.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';
import { scriptedPlan, scriptedQuestions } from '../../../fakes/scripted-run.ts';
import { skipped } from '../../../fakes/skipped.ts';
import { environment } from './client.ts';

const llamaServer = process.env.TOKENLAP_LLAMA_SERVER ?? '';
const port = 8199;

async function startLlamaServer(model: string): Promise<void> {
  const child = spawn(
    llamaServer,
    ['-m', model, '-c', '512', '-t', '1', '--port', String(port), '--host', '127.0.0.1'],
    {
      stdio: 'ignore',
      env: { ...process.env, LD_LIBRARY_PATH: dirname(llamaServer) },
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  for (let waited = 0; waited < 300; waited++) {
    const health = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
    if (health?.ok === true) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error('llama-server did not start');
}

describe.skipIf(skipped(llamaServer === '', 'llama-server: TOKENLAP_LLAMA_SERVER names none'))('llama-server', () => {
  it('answers every question word for word, and its tokens are counted alike', async () => {
    const tiny = resolve(import.meta.dirname, '../../../../configs/tiny/tiny-chat-f16.gguf');
    await startLlamaServer(tiny);
    environment({ TOKENLAP_OPENAI_URL: `http://127.0.0.1:${port}` });
    const request = { size: 'tiny', algorithm: undefined, quantize: 'f16', path: undefined, synthetic: false };
    const plan = scriptedPlan(outputFolder(), {
      framework: frameworkNamed('openai'),
      model: await resolveModel({ ...request, seed: 1, offline: true, formats: [] }, () => {}),
    });
    const questions = await readQuestions(defaultQuestionsFile);
    const workload = planned(questionsWorkload, { ...scriptedQuestions, questions, rounds: 1, maxTokens: 128 });
    const reporter = { stage: () => {}, progress: () => {} };
    const outcome = await runBenchmark({ ...plan, workload }, reporter, new AbortController().signal);
    expect(outcome.end.error).toBeUndefined();
    const { answers, warnings, frameworkVersion } = summarizeRun(outcome);
    expect(frameworkVersion).toMatch(/^llama-server b/);
    expect(answers?.correct).toBe(answers?.judged);
    expect(answers?.judged).toBe(questions.questions.length);
    const codes = warnings.map(({ code }) => code);
    for (const doubt of ['token_counts_differ', 'prompts_differ', 'cached_prompts']) expect(codes).not.toContain(doubt);
  });
});

import { describe, expect, it } from 'vitest';
import { llamacpp } from '../../../../scripts/frameworks/llamacpp/framework.ts';
import { onnx } from '../../../../scripts/frameworks/onnx/framework.ts';
import { pytorch } from '../../../../scripts/frameworks/pytorch/framework.ts';
import { summarizeRun } from '../../../../scripts/results/run-summary.ts';
import { requireFit } from '../../../../scripts/run/fit.ts';
import { runBenchmark } from '../../../../scripts/run/run.ts';
import type { EmbeddingRecord } from '../../../../scripts/workloads/embedding/records.ts';
import { embeddingFigures } from '../../../../scripts/workloads/embedding/tables.ts';
import { embedding } from '../../../../scripts/workloads/embedding/workload.ts';
import { summaryText } from '../../../../scripts/workloads/summary-text.ts';
import { planned } from '../../../../scripts/workloads/workload.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';
import { scriptedModel, scriptedPlan, scriptedQuestions } from '../../../fakes/scripted-run.ts';

async function embedded(script: string) {
  const plan = scriptedPlan(outputFolder(), {}, script);
  const { questions } = scriptedQuestions;
  const workload = planned(embedding, { questions, rounds: 3, firstRound: 0, minSeconds: 0, batchTexts: 2 });
  const settings = { ...plan.settings, embedding: true as const };
  const asked = { ...plan, settings, workload, warmUp: 2, conditions: false };
  return runBenchmark(asked, { stage: () => {}, progress: () => {} }, new AbortController().signal);
}

const batchesOf = (records: readonly { type: string }[]) =>
  records.filter((record): record is EmbeddingRecord => record.type === 'embedding');

describe('an embedding run', () => {
  it('embeds a cold batch, the warm-up and then every text in each round, in batches', async () => {
    const outcome = await embedded('');
    expect(outcome.end.status).toBe('completed');
    const batches = batchesOf(outcome.records);
    // Three texts in batches of two.
    expect(batches.map(({ phase, round, texts }) => `${phase} ${round} ${texts}`)).toEqual([
      ...['cold 0 2', 'warmup 0 1', 'warmup 0 2'],
      ...['measured 0 2', 'measured 0 1', 'measured 1 2', 'measured 1 1', 'measured 2 2', 'measured 2 1'],
    ]);
    for (const { texts, tokens, dimensions, startNs, submitNs, endNs } of batches) {
      expect({ tokens, dimensions }).toEqual({ tokens: 8 * texts, dimensions: 2 });
      expect(startNs <= submitNs && submitNs < endNs).toBe(true);
    }
    expect(outcome.header).toMatchObject({
      workload: 'embedding',
      requested: { batchTexts: 2, rounds: 3, embedding: true },
      questions: { count: 3 },
    });
    const summary = summarizeRun(outcome);
    expect(summary).toMatchObject({ answers: null, kernel: null, embedding: { batches: 6, texts: 9, tokens: 72 } });
    expect(summaryText(summary)).toMatch(/batch of 2 texts \(ms\)[\s\S]*embedding +[\d.]+ tokens\/s/);
  });

  it('fails with one line where a vector is no number', async () => {
    const { end, records } = await embedded('vectors=broken');
    expect(end).toMatchObject({ status: 'failed', error: { message: expect.stringMatching(/not finite/) } });
    // What was measured is in the log all the same.
    expect(batchesOf(records)).toHaveLength(1);
  });

  it('fails with one line where the model shows no vectors', async () => {
    const { end } = await embedded('vectors=none');
    expect(end).toMatchObject({
      status: 'failed',
      error: { message: 'Scripted does not make embeddings with Scripted' },
    });
  });
});

it('rates are totals over measured batches, by hand', () => {
  const batch = (phase: EmbeddingRecord['phase'], startMs: number, submitMs: number, endMs: number, texts = 4) => ({
    ...{ type: 'embedding' as const, batch: 0, phase, round: 0, texts, tokens: 10 * texts, dimensions: 384 },
    ...{ startNs: startMs * 1e6, submitNs: submitMs * 1e6, endNs: endMs * 1e6 },
  });
  const figures = embeddingFigures([
    batch('cold', 0, 10, 100),
    batch('warmup', 100, 101, 130),
    batch('measured', 200, 205, 225),
    batch('measured', 300, 305, 315, 2),
  ]);
  // 60 tokens in 20 + 10 ms; 6 texts in 25 + 15 ms.
  expect(figures).toEqual({
    ...{ batches: 2, batchTexts: 4, texts: 6, tokens: 60, dimensions: 384 },
    ...{ tokensPerSecond: 2000, textsPerSecond: 150, batchMs: [25, 15], coldBatchMs: 100 },
  });
  expect(embeddingFigures([batch('cold', 0, 10, 100)])).toBeNull();
});

describe('what does not fit is refused before a model is loaded', () => {
  const record = (change: object) => ({ ...scriptedModel().record, ...change });
  it.each([
    ['an encoder that is asked questions', llamacpp, record({ encoder: true }), 'qa', /is an encoder: it embeds/],
    ['a framework that embeds nothing', pytorch, record({}), 'embedding', /PyTorch embeds no texts/],
    ['an architecture', pytorch, record({ architecture: 'mamba' }), 'qa', /PyTorch does not run mamba/],
    [
      'experts in a llama',
      onnx,
      record({ architecture: 'llama', experts: { count: 8, used: 2 } }),
      'kernel',
      /ONNX Runtime does not run mixtral/,
    ],
  ] as const)('%s', (_, framework, model, workload, says) => {
    expect(() => requireFit(framework, { record: model, workload })).toThrow(says);
  });

  it('and what fits is not', () => {
    requireFit(llamacpp, { record: record({ encoder: true, architecture: 'bert' }), workload: 'embedding' });
    requireFit(onnx, { record: record({ architecture: 'llama' }), workload: 'qa' });
    requireFit(pytorch, { record: record({}) });
    // A Mistral is stored as a llama.
    requireFit(onnx, { algorithm: 'mistral' });
    requireFit(onnx, {});
    expect(() => requireFit(onnx, { algorithm: 'Mixtral' })).toThrow(/does not run mixtral, only llama, qwen2, gpt2/);
  });
});

/** lm-eval's log-likelihoods and answers through the endpoint, beside those of the engine itself. */
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { monotonicNow } from '../../scripts/engine/clock.ts';
import { type Engine, startEngine } from '../../scripts/engine/engine.ts';
import { llamacpp } from '../../scripts/frameworks/llamacpp/framework.ts';
import { defaultEngineSettings } from '../../scripts/settings/settings.ts';
import { peersPython } from './environment.ts';
import { type LmEvalResults, runLmEval } from './lm-eval.ts';
import { type Served, serveForPeers } from './served.ts';

const python = await peersPython();
const tiny = resolve(import.meta.dirname, '../../configs/tiny/tiny-chat-f16.gguf');
const choicesSchema = z.object({
  questions: z.array(z.object({ question: z.string(), right: z.string(), wrong: z.array(z.string()) })),
});

const items = choicesSchema
  .parse(JSON.parse(readFileSync(new URL('../../configs/choices.json', import.meta.url), 'utf8')))
  .questions.slice(0, 8)
  .map(({ question, right, wrong }, i) => {
    const answer = i % (wrong.length + 1);
    return { question, choices: wrong.toSpliced(answer, 0, right), answer };
  });

const end = '<|im_end|>';
/** Three that the embedded model knows by heart, and one with a wrong answer. */
const asked = [
  [
    'Why is the sky blue?',
    'Air scatters blue light from the Sun more strongly than red light, so blue light reaches our eyes from every part of the sky.',
  ],
  ['What is the capital of France?', 'The capital of France is Paris.'],
  ['What is 9 - 4?', '5'],
  ['What is the capital of Italy?', 'The capital of Italy is Paris.'],
].map(([question = '', answer = '']) => ({
  prompt: `<|im_start|>user\n${question}${end}\n<|im_start|>assistant\n`,
  answer,
}));

/** Natural logarithm of the probability of each token from `from` on, and which are the most probable: from logits, in double precision. */
async function likelihoodsOf(engine: Engine, tokens: readonly number[], from: number) {
  const folder = await mkdtemp(join(tmpdir(), 'tokenlap-logits-'));
  const path = join(folder, 'logits');
  const { columns } = await engine.score({ tokens, from, path });
  const bytes = await readFile(path);
  await rm(folder, { recursive: true });
  const logits = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  return tokens.slice(from).map((token, i) => {
    const row = [...logits.subarray(i * columns, (i + 1) * columns)];
    const largest = Math.max(...row);
    const sum = row.reduce((all, logit) => all + Math.exp(logit - largest), 0);
    return { value: (row[token] ?? Number.NaN) - largest - Math.log(sum), isGreedy: row.indexOf(largest) === token };
  });
}

describe.skipIf(python === undefined)('lm-eval', () => {
  let served: Served;
  let engine: Engine;
  let local: LmEvalResults;
  let remote: LmEvalResults;

  beforeAll(async () => {
    served = await serveForPeers(python ?? '');
    const wish = { items, asked, until: end };
    // Most of their time is for what they import.
    [local, remote] = await Promise.all([
      runLmEval(served, { ...wish, tokenizer: 'huggingface' }),
      runLmEval(served, { ...wish, tokenizer: 'remote' }),
    ]);
    const settings = {
      ...defaultEngineSettings,
      ...{ device: 'cpu', gpuLayers: 0, contextTokens: 512, batchTokens: 512, threads: 1 },
    };
    engine = await startEngine({ framework: llamacpp, originNs: monotonicNow(), settings, timeoutMs: 60_000 });
    await engine.load(tiny, settings);
  }, 280_000);

  afterAll(async () => {
    await engine?.[Symbol.asyncDispose]();
    await served?.[Symbol.asyncDispose]();
  });

  it('finds the log-likelihood of every option that the logits of the engine give for the same text', async () => {
    expect(local.choices).toHaveLength(items.length);
    for (const { arguments: options, filtered_resps } of local.choices) {
      expect(filtered_resps).toHaveLength(options.length);
      for (const [i, { context, continuation }] of options.entries()) {
        const [before, whole] = await Promise.all([engine.tokenize(context), engine.tokenize(context + continuation)]);
        expect(whole.ids.slice(0, before.ids.length)).toEqual(before.ids);
        const ours = await likelihoodsOf(engine, whole.ids, before.ids.length);
        const sum = ours.reduce((all, { value }) => all + value, 0);
        expect(filtered_resps[i]?.likelihood).toBeCloseTo(sum, 3);
        expect(filtered_resps[i]?.isGreedy).toBe(ours.every(({ isGreedy }) => isGreedy));
      }
    }
  });

  it('chooses by them, and its accuracy is the mean of the right choices', () => {
    const right = local.choices.map(({ filtered_resps, target, acc }) => {
      const likelihoods = filtered_resps.map(({ likelihood }) => likelihood);
      const chosen = likelihoods.indexOf(Math.max(...likelihoods)) === target ? 1 : 0;
      expect(acc).toBe(chosen);
      return chosen;
    });
    expect(local.accuracy).toBeCloseTo(right.reduce<number>((sum, one) => sum + one, 0) / items.length, 12);
  });

  it('gets the greedy answers of the model, up to the string that ends them', () => {
    expect(local.answers.map(({ resps: [answer] }) => answer)).toEqual([
      ...asked.slice(0, 3).map(({ answer }) => answer),
      'The capital of Italy is Rome.',
    ]);
    expect(local.exactMatch).toBe(3 / 4);
  });

  it('gets the same with the tokenizer of the endpoint instead of an exported one', () => {
    expect(remote).toEqual(local);
  });
});

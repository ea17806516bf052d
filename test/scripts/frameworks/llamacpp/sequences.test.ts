/** Several answers at a time in one engine, for real, on the embedded model. */

import { resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { monotonicNow } from '../../../../scripts/engine/clock.ts';
import { type Engine, startEngine } from '../../../../scripts/engine/engine.ts';
import { llamacpp } from '../../../../scripts/frameworks/llamacpp/framework.ts';
import { defaultEngineSettings, type EngineSettings } from '../../../../scripts/settings/settings.ts';
import { defaultQuestionsFile, readQuestions } from '../../../../scripts/workloads/questions/questions.ts';

const tiny = resolve(import.meta.dirname, '../../../../configs/tiny/tiny-chat-f16.gguf');
const sequences = 4;
const sampling = { temperature: 0, seed: 42, ignoreEndOfSequence: false, reusePrefix: false, stream: false };

async function engineWith(change: Partial<EngineSettings>) {
  const settings: EngineSettings = {
    ...defaultEngineSettings,
    device: 'cpu',
    gpuLayers: 0,
    contextTokens: 256,
    batchTokens: 64,
    kvType: 'f16',
    ...change,
  };
  const engine = await startEngine({ framework: llamacpp, originNs: monotonicNow(), settings, timeoutMs: 60_000 });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return { engine, loaded: await engine.load(tiny, settings) };
}

/** As the model's own template has it. */
async function promptsOf(engine: Engine) {
  const { questions } = await readQuestions(defaultQuestionsFile);
  const prompts: Array<{ prompt: number[]; answer: string }> = [];
  for (const { question, answer } of questions) {
    const text = `<|im_start|>user\n${question}<|im_end|>\n<|im_start|>assistant\n`;
    prompts.push({ prompt: (await engine.tokenize(text)).ids, answer: answer ?? '' });
  }
  return prompts;
}

describe('an engine with several sequences', () => {
  it('gives the answers that one with a single sequence gives, token by token', async () => {
    const alone = (await engineWith({})).engine;
    const { engine, loaded } = await engineWith({ sequences });
    expect(loaded.effective.settings).toMatchObject({ sequences, contextTokens: 256 });
    const prompts = await promptsOf(engine);
    const expected: number[][] = [];
    for (const { prompt } of prompts) {
      expected.push((await alone.generate({ prompt, maxTokens: 100, ...sampling })).ids);
    }
    const waiting = prompts.entries();
    const clients = Array.from({ length: sequences }, async () => {
      for (const [index, { prompt, answer }] of waiting) {
        const reusePrefix = index % 2 === 1;
        const together = await engine.generate({ prompt, maxTokens: 100, ...sampling, reusePrefix });
        expect(together.ids).toEqual(expected[index]);
        expect(together.pieces.join('').trim()).toBe(answer);
        expect(together.stop).toBe('end');
      }
    });
    await Promise.all(clients);
  });

  it('computes the answers in the same steps and stamps each by itself', async () => {
    const { engine } = await engineWith({ sequences });
    const [{ prompt } = { prompt: [] }] = await promptsOf(engine);
    const generations = await Promise.all(
      Array.from({ length: sequences }, () =>
        engine.generate({ prompt, maxTokens: 60, ...sampling, ignoreEndOfSequence: true }),
      ),
    );
    for (const { submitNs, promptEvaluatedNs, atNs } of generations) {
      const instants = [submitNs, promptEvaluatedNs ?? submitNs, ...atNs];
      expect(instants).toEqual(instants.toSorted((a, b) => a - b));
    }
    const firstEnd = Math.min(...generations.map(({ atNs }) => atNs.at(-1) ?? 0));
    const lastStart = Math.max(...generations.map(({ atNs }) => atNs.at(0) ?? 0));
    expect(lastStart).toBeLessThan(firstEnd);
  });

  it('ends one answer and leaves the others, and hands text to the one who asked', async () => {
    const { engine } = await engineWith({ sequences: 2 });
    const [first, second] = await promptsOf(engine);
    const stopping = new AbortController();
    const texts = ['', ''];
    const asked = { maxTokens: 150, ...sampling, ignoreEndOfSequence: true, stream: true };
    const [stopped, whole] = await Promise.all([
      engine.generate(
        { prompt: first?.prompt ?? [], ...asked },
        {
          signal: stopping.signal,
          onPiece: (piece) => {
            texts[0] += piece;
            stopping.abort();
          },
        },
      ),
      engine.generate({ prompt: second?.prompt ?? [], ...asked }, { onPiece: (piece) => (texts[1] += piece) }),
    ]);
    expect(stopped.stop).toBe('cancelled');
    expect(stopped.ids.length).toBeLessThan(150);
    expect(whole.ids).toHaveLength(150);
    expect(texts).toEqual([stopped.pieces.join(''), whole.pieces.join('')]);
  });

  it('evaluates a prompt longer than a batch beside answers that are being written', async () => {
    const { engine } = await engineWith({ sequences: 2, batchTokens: 16 });
    const [{ prompt } = { prompt: [] }] = await promptsOf(engine);
    const long = Array.from({ length: 150 }, (_, i) => 5 + (i % 200));
    const asked = { maxTokens: 60, ...sampling, ignoreEndOfSequence: true };
    const alone = await engine.generate({ prompt: long, ...asked });
    const [, beside] = await Promise.all([
      engine.generate({ prompt, ...asked }),
      engine.generate({ prompt: long, ...asked }),
    ]);
    expect(beside.ids).toEqual(alone.ids);
  });

  it('refuses one answer more than it has sequences, and a prompt that is too long, and goes on', async () => {
    const { engine } = await engineWith({ sequences: 2 });
    const [{ prompt } = { prompt: [] }] = await promptsOf(engine);
    const asked = { prompt, maxTokens: 50, ...sampling };
    const [one, other, third, tooLong] = await Promise.allSettled([
      engine.generate(asked),
      engine.generate(asked),
      engine.generate(asked),
      engine.generate({ ...asked, prompt: new Array<number>(300).fill(5) }),
    ]);
    expect([one.status, other.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(String(third.status === 'rejected' && third.reason)).toMatch(/all sequences/);
    expect(String(tooLong.status === 'rejected' && tooLong.reason)).toMatch(/context of 256/);
    expect((await engine.generate(asked)).stop).toBe('end');
  });

  it('takes a cache more for each sequence and no weights', async () => {
    const single = await (await engineWith({})).engine.memory();
    const { engine, loaded } = await engineWith({ sequences });
    const several = await engine.memory();
    expect(several.weightsBytes).toBe(single.weightsBytes);
    const more = (several.contextBytes ?? 0) - (single.contextBytes ?? 0);
    expect(more).toBeGreaterThanOrEqual((sequences - 1) * 256 * loaded.effective.kvBytesPerPosition);
  });
});

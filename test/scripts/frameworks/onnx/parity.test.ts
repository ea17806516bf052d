/** ONNX Runtime against llama.cpp, on the same files. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Framework } from '../../../../scripts/frameworks/framework.ts';
import { llamacpp } from '../../../../scripts/frameworks/llamacpp/framework.ts';
import { onnx } from '../../../../scripts/frameworks/onnx/framework.ts';
import type { ModelShape } from '../../../../scripts/models/architectures/model-shape.ts';
import { chatTemplateOf } from '../../../../scripts/models/chat-template/chat-template.ts';
import type { MixtureName } from '../../../../scripts/models/quantization/tensor-formats.ts';
import { synthesize } from '../../../../scripts/models/synthetic/synthesize.ts';
import { defaultQuestionsFile, readQuestions } from '../../../../scripts/workloads/questions/questions.ts';
import { modelFolder, silent, smallModel } from '../../models/model-folder.ts';
import { greedy, largestDifference, logitRows, openEngine, tinyIn, topTwo } from './engines.ts';

afterEach(() => vi.unstubAllEnvs());

const { questions } = await readQuestions(defaultQuestionsFile);

describe.each([
  { quantize: 'f32', kvType: 'f32' },
  { quantize: 'f16', kvType: 'f32' },
  { quantize: 'f16', kvType: 'f16' },
  { quantize: 'q8_0', kvType: 'f32' },
  { quantize: 'q4_0', kvType: 'f32' },
])('the embedded model in $quantize with a cache in $kvType', ({ quantize, kvType }) => {
  test('answers every predefined question with the token ids of llama.cpp', async () => {
    const model = await tinyIn(quantize);
    const template = chatTemplateOf(model);
    await using reference = await openEngine(llamacpp, model.path, { kvType });
    await using tried = await openEngine(onnx, model.path, { kvType });
    for (const { question } of questions) {
      const { text } = await template([{ role: 'user', content: question }]);
      const { ids: prompt } = await tried.engine.tokenize(text);
      expect((await reference.engine.tokenize(text)).ids).toEqual(prompt);
      const asked = { prompt, maxTokens: 128, ...greedy };
      const [ours, theirs] = [await tried.engine.generate(asked), await reference.engine.generate(asked)];
      expect(ours.ids, question).toEqual(theirs.ids);
      expect(ours.pieces).toEqual(theirs.pieces);
    }
  });
});

/** Text that no model was trained on, so that logits lie close together. */
const noise = Array.from({ length: 100 }, (_, i) => 260 + ((i * 37) % 50));

interface Case {
  family: string;
  mixture: MixtureName;
  changes?: Partial<ModelShape>;
  /** Of a logit; llama.cpp quantises activations to 8 bits before it multiplies by a quantised matrix, we do not. */
  tolerance: number;
}

const llama3Scaling = { type: 'llama3', factor: 32, lowFrequencyFactor: 1, highFrequencyFactor: 4 } as const;

test.each<Case>([
  { family: 'llama', mixture: 'f32', tolerance: 2e-3 },
  { family: 'llama', mixture: 'bf16', tolerance: 5e-3 },
  { family: 'llama', mixture: 'q8_0', tolerance: 0.02 },
  { family: 'llama', mixture: 'q4_0', tolerance: 0.02 },
  { family: 'llama', mixture: 'q6_k', tolerance: 0.04, changes: { embedding: 256, feedForward: 512 } },
  {
    ...{ family: 'llama', mixture: 'f16', tolerance: 5e-3 },
    changes: { tiedEmbeddings: false, headDimension: 48, ropeScaling: { ...llama3Scaling, originalContextLength: 64 } },
  },
  { family: 'qwen2', mixture: 'f16', tolerance: 5e-3, changes: { ropeScaling: { type: 'linear', factor: 4 } } },
  { family: 'qwen2', mixture: 'q4_0', tolerance: 0.02 },
  { family: 'gpt2', mixture: 'f16', tolerance: 5e-3 },
  { family: 'gpt2', mixture: 'q8_0', tolerance: 0.02 },
])('random weights of $family in $mixture with $changes give the logits of llama.cpp', async (tried) => {
  const { family, mixture, changes, tolerance } = tried;
  const folder = modelFolder();
  vi.stubEnv('TOKENLAP_CACHE', folder);
  const path = await synthesize(smallModel(family, changes), mixture, 5, folder, silent);
  const theirs = await logitsOf(llamacpp, path);
  const ours = await logitsOf(onnx, path);
  const difference = largestDifference(ours, theirs);
  expect(difference).toBeLessThan(tolerance);
  for (const [i, row] of ours.entries()) {
    const { first, gap } = topTwo(row);
    if (gap > 2 * difference) expect(topTwo(theirs[i] ?? row).first).toBe(first);
  }
});

async function logitsOf(framework: Framework, path: string): Promise<Float32Array[]> {
  await using opened = await openEngine(framework, path);
  return await logitRows(opened.engine, noise, 1);
}

/** A real model as a folder of transformers: the same tokens, the same logits, the same prompt, and the same weights when it comes back. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pytorch } from '../../scripts/frameworks/pytorch/framework.ts';
import { chatTemplateOf } from '../../scripts/models/chat-template/chat-template.ts';
import { modelRequestOf } from '../../scripts/models/model-options.ts';
import { resolveModel } from '../../scripts/models/resolve.ts';
import { script } from '../fakes/script.ts';
import { largestDifference } from '../scripts/frameworks/onnx/engines.ts';
import { converted } from '../scripts/models/export/exported.ts';
import { hasTransformers, inOurs, inTransformers, texts } from '../scripts/models/export/transformers.ts';
import { silent } from '../scripts/models/model-folder.ts';
import { tensorsSha256 } from '../scripts/preparation/tensors-sha256.ts';
import { realModel } from './real-model.ts';

const path = await realModel();

const exportTimeoutMs = 600_000;

describe.skipIf(path === undefined)('models.ts export hf of a real model', { timeout: exportTimeoutMs }, () => {
  const parent = mkdtempSync(join(tmpdir(), 'tokenlap-exported-'));
  const folder = join(parent, 'exported');
  afterAll(() => rmSync(parent, { recursive: true, force: true }));

  beforeAll(async () => {
    const { code, stderr } = await script('scripts/models.ts', ['export', 'hf', path ?? '', '--to', folder, '--json']);
    expect(stderr).not.toMatch(/^error/m);
    expect(code).toBe(0);
  }, exportTimeoutMs);

  const resolvedIn = (quantize: string) =>
    resolveModel(modelRequestOf({ model: path, quantize }, { seed: 1, formats: [] }), silent);

  test('has the values of its blocks: converted back it is their F32', async () => {
    const again = await converted(folder);
    expect(await tensorsSha256(again)).toBe(await tensorsSha256((await resolvedIn('f32')).path));
  });

  test.skipIf(!hasTransformers)('is in transformers what it is here', async () => {
    const tokens = [504, 3575, 282, 4649, 314, 7042, 28, 284, 260, 3575, 282, 5901];
    const [theirs] = await inTransformers([folder], tokens);
    if (theirs === undefined) throw new Error('transformers gave no answer');
    const ours = await inOurs(path ?? '', pytorch, tokens);
    expect(theirs).toMatchObject({
      model_class: 'LlamaForCausalLM',
      dtype: 'torch.float32',
      unmatched: [],
      end_ids: 2,
    });
    expect(theirs.ids).toEqual(ours.ids);
    expect(theirs.decoded).toEqual(texts);
    const rows = theirs.logits.map((row) => Float32Array.from(row));
    expect(rows[0]).toHaveLength(49_152);
    const spread = Math.max(...(rows[0] ?? []).map(Math.abs));
    expect(largestDifference(rows, ours.logits) / spread).toBeLessThan(1e-5);
    const prompt = await chatTemplateOf(await resolvedIn('default'))([{ role: 'user', content: 'What is 2 + 2?' }]);
    expect(prompt.text).toMatch(/^<\|im_start\|>system\nYou are a helpful AI assistant named SmolLM/);
    expect(theirs.chat).toBe(prompt.text);
  });
});

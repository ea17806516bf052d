/** Every engine that reads GGUF files answers from the parts of a split model as llama.cpp does from the whole one. */

import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { frameworks } from '../../../scripts/frameworks/registry.ts';
import { resolveModel } from '../../../scripts/models/resolve.ts';
import { splitModel } from '../models/gguf/split-model.ts';
import { modelFolder } from '../models/model-folder.ts';
import { present } from './present.ts';
import { greedy, loadEngine } from './tinygrad/greedy-answers.ts';

const embedded = resolve(import.meta.dirname, '../../../configs/tiny/tiny-chat-f16.gguf');
/** A server has its model already. */
const engines = frameworks.filter(({ name, modelFormats }) => name !== 'openai' && modelFormats.includes('gguf'));
const request = {
  size: undefined,
  algorithm: undefined,
  quantize: 'default',
  synthetic: false,
  seed: 1,
  offline: true,
};

async function answerFrom(path: string | undefined, framework: string): Promise<readonly number[]> {
  const model = await resolveModel({ ...request, path, formats: [] }, () => {});
  await using opened = await loadEngine(framework, model);
  const { ids } = await opened.engine.tokenize('What is the capital of France?');
  return (await opened.engine.generate({ ...greedy, prompt: ids, maxTokens: 24, ignoreEndOfSequence: true })).ids;
}

let whole: readonly number[];

beforeAll(async () => {
  whole = await answerFrom(embedded, 'llamacpp');
}, 300_000);

describe.each(engines)('$name', (framework) => {
  it('answers from the parts of a split model as from the whole one', { timeout: 300_000 }, async ({ skip }) => {
    skip(!(await present(framework)), `${framework.title} is not available here`);
    expect(whole).toHaveLength(24);
    const [first] = await splitModel(embedded, modelFolder(), 'tiny-f16');
    expect(await answerFrom(first, framework.name)).toEqual(whole);
  });
});

/** Every engine that reads GGUF files answers from the parts of a split model as from the whole one. */

import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
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

describe.each(engines)('$name', (framework) => {
  it('answers from the parts of a split model as from the whole one', { timeout: 300_000 }, async ({ skip }) => {
    skip(!(await present(framework)), `${framework.title} is not available here`);
    const answers: number[][] = [];
    for (const path of [embedded, (await splitModel(embedded, modelFolder(), 'tiny-f16'))[0]]) {
      const model = await resolveModel({ ...request, path, formats: [] }, () => {});
      await using opened = await loadEngine(framework.name, model);
      const { ids } = await opened.engine.tokenize('What is the capital of France?');
      answers.push(
        (await opened.engine.generate({ ...greedy, prompt: ids, maxTokens: 24, ignoreEndOfSequence: true })).ids,
      );
    }
    expect(answers[0]).toHaveLength(24);
    expect(answers[1]).toEqual(answers[0]);
  });
});

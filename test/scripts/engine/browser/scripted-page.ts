/**
 * A framework in a page whose timing and misbehaviour are set by the model's path: `scripted:gap=15&crash=3`. Its vocabulary
 * is UTF-16; its answer is the prompt, backwards.
 */
import { UserError } from '../../../../scripts/command-line/errors.ts';
import type { Model, PageFramework } from '../../../../scripts/frameworks/framework.ts';
import { nothingCompared, unknownBuild } from '../../../fakes/compared-facts.ts';

export const page: PageFramework = {
  title: 'Scripted',
  async probe() {
    const [first, second] = (await (await fetch('/devices/list.txt')).text()).trim().split('\n');
    return {
      status: 'available',
      version: 'scripted 1',
      devices: [first, second].flatMap((name) =>
        name === undefined ? [] : [{ kind: 'webgpu', name, software: name.startsWith('soft') }],
      ),
      quantizations: ['q0f32'],
    };
  },

  async load({ modelPath, span, progress, settings }) {
    const script = new URLSearchParams(modelPath.replace('scripted:', ''));
    return span('model_load', async () => {
      progress(0.5);
      if (script.get('load') === 'refuse')
        throw new UserError('there is no\nmodel', { remedy: 'Make one.', exitCode: 3 });
      if (script.get('load') === 'hang') await sleep(60_000);
      return modelOf(Object.fromEntries(script), settings.contextTokens);
    });
  },
};

function modelOf(script: Record<string, string>, contextTokens: number): Model {
  return {
    effective: {
      device: 'webgpu',
      deviceName: 'paper',
      comparable: true,
      settings: { ...nothingCompared, contextTokens },
      build: unknownBuild,
      kvBytesPerPosition: 4,
      notes: [],
    },
    async tokenize(text) {
      return Int32Array.from(text, (character) => character.charCodeAt(0));
    },
    async detokenize(tokens) {
      return tokens.map((token) => String.fromCharCode(token));
    },
    async generate(prompt, { maxTokens }, sink) {
      sink.promptEvaluated();
      const ids = [...prompt].reverse().slice(0, maxTokens);
      for (const [i, id] of ids.entries()) {
        if (i > 0) await sleep(Number(script.gap ?? 0));
        if (i === Number(script.crash)) console.log('about to\nfall');
        if (i === Number(script.crash) || i === Number(script.hang)) await sleep(60_000);
        if (!sink.token(id)) return { stop: 'cancelled', cachedPromptTokens: 0 };
      }
      return { stop: ids.length === maxTokens ? 'length' : 'end', cachedPromptTokens: 0 };
    },
    async memory() {
      return { weightsBytes: 1000 };
    },
    async [Symbol.asyncDispose]() {},
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

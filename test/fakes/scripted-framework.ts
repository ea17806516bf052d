/**
 * A framework whose timing and misbehaviour are set by the model's path: `scripted://ttft=20&gap=5&die=3`.
 * Its vocabulary is the bytes of UTF-8; its answer is the prompt, backwards.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Model, NodeFramework } from '../../scripts/frameworks/framework.ts';

export const scripted: NodeFramework = {
  name: 'scripted',
  title: 'Scripted',
  module: import.meta.url,
  host: 'node',
  devices: ['cpu'],
  modelFormats: ['gguf'],
  quantizations: ['f16'],
  environment: () => ({ TOKENLAP_SCRIPTED: 'yes' }),
  async probe() {
    return { status: 'available', version: 'scripted 1', devices: [{ kind: 'cpu', name: 'CPU' }] };
  },
  async load({ modelPath, span, progress, settings }) {
    const script = new URLSearchParams(modelPath.replace(/^scripted:\/\//, ''));
    const number = (name: string) => Number(script.get(name) ?? Number.NaN);
    return span('model_load', async () => {
      progress(0.5);
      if (script.get('load') === 'refuse') throw new Error('the model\nis broken');
      if (script.get('load') === 'abort') process.abort();
      if (script.get('load') === 'hang') await sleep(60_000);
      return modelOf(number, settings.threads);
    });
  },
};

export const absent: NodeFramework = {
  ...scripted,
  name: 'absent',
  title: 'Absent',
  async probe() {
    return { status: 'missing', reason: 'Absent is not installed', remedy: 'Install it.' };
  },
};

function modelOf(number: (name: string) => number, threads: number): Model {
  const orElse = (name: string, otherwise: number) => (Number.isNaN(number(name)) ? otherwise : number(name));
  return {
    effective: {
      device: 'cpu',
      deviceName: 'paper',
      comparable: true,
      settings: { threads, inherited: process.env.TOKENLAP_SCRIPTED ?? 'no' },
      build: {},
      kvBytesPerPosition: 4,
      notes: [{ code: 'scripted', message: 'this is a play' }],
    },
    async tokenize(text) {
      return Int32Array.from(Buffer.from(text, 'utf8'));
    },
    async detokenize(tokens) {
      return tokens.map((token) => String.fromCharCode(token));
    },
    async generate(prompt, options, sink) {
      await sleep(orElse('ttft', 1));
      sink.promptEvaluated();
      const ids = [...prompt].reverse().slice(0, options.maxTokens);
      for (const [i, id] of ids.entries()) {
        if (i > 0) await sleep(orElse('gap', 0));
        if (i === orElse('die', -1)) process.kill(process.pid, 'SIGKILL');
        if (i === orElse('exit', -1)) {
          process.stderr.write('out of ideas\n');
          process.exit(7);
        }
        if (i === orElse('hang', -1)) await sleep(60_000);
        if (!sink.token(id)) return { stop: 'cancelled', cachedPromptTokens: 0 };
      }
      return { stop: ids.length === options.maxTokens ? 'length' : 'end', cachedPromptTokens: 0 };
    },
    async memory() {
      return { weightsBytes: 1000 };
    },
    async [Symbol.asyncDispose]() {},
  };
}

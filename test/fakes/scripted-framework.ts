/**
 * A framework whose timing and misbehaviour are set by the model's path: `scripted://ttft=20&gap=5&die=3`.
 * Its vocabulary is the bytes of UTF-8; its answer is the prompt, backwards. Of its logits the next byte's is 10, that of
 * the byte after it `margin` less (2 unless told otherwise), all others are 0; with `diverge=5` those two change places at
 * token 5. `logits=no` shows none, `columns=300` has a larger vocabulary, `tokenizer=other` puts a byte before the prompt.
 * With `dieAtScore=2` it dies when logits are asked of it for the third time, with `nanAtScore=2` they are no numbers.
 */
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Model, NodeFramework } from '../../scripts/frameworks/framework.ts';
import { nothingCompared, unknownBuild } from './compared-facts.ts';

export const scripted: NodeFramework = {
  name: 'scripted',
  title: 'Scripted',
  module: import.meta.url,
  host: 'node',
  devices: ['cpu'],
  modelFormats: ['gguf'],
  quantizations: ['f16'],
  embeds: true,
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
      const model = modelOf(number, (name) => script.get(name), settings.threads);
      return settings.embedding === true && script.get('vectors') !== 'none'
        ? { ...model, ...embedder(script) }
        : model;
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

/** The vector of a text: its length and 1; with `vectors=broken` one that is no number. */
function embedder(script: URLSearchParams): Required<Pick<Model, 'embed'>> {
  return {
    async embed(texts, tokenized) {
      tokenized();
      await sleep(Number(script.get('embed') ?? 1));
      const first = ({ length }: string) => (script.get('vectors') === 'broken' ? Number.NaN : length);
      return {
        tokens: texts.map(({ length }) => length),
        vectors: texts.map((text) => Float32Array.of(first(text), 1)),
      };
    },
  };
}

function modelOf(number: (name: string) => number, word: (name: string) => string | null, threads: number): Model {
  const orElse = (name: string, otherwise: number) => (Number.isNaN(number(name)) ? otherwise : number(name));
  /** What comes at a position of the answer, and what nearly came. */
  const choiceAt = (prompt: readonly number[], position: number): [first: number, second: number] => {
    const byte = prompt[prompt.length - 1 - position] ?? 0;
    return position === orElse('diverge', -1) ? [byte + 1, byte] : [byte, byte + 1];
  };
  let scores = 0;
  return {
    effective: {
      device: 'cpu',
      deviceName: 'paper',
      comparable: true,
      settings: { ...nothingCompared, threads, inherited: process.env.TOKENLAP_SCRIPTED ?? 'no' },
      build: unknownBuild,
      kvBytesPerPosition: 4,
      notes: [{ code: 'scripted', message: 'this is a play' }],
    },
    async tokenize(text) {
      return Int32Array.from(Buffer.from(word('tokenizer') === 'other' ? ` ${text}` : text, 'utf8'));
    },
    async detokenize(tokens) {
      return tokens.map((token) => String.fromCharCode(token));
    },
    async generate(prompt, options, sink) {
      await sleep(orElse('ttft', 1));
      sink.promptEvaluated();
      const length = Math.min(prompt.length, options.maxTokens);
      const ids = Array.from({ length }, (_, i) => choiceAt([...prompt], i)[0]);
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
      return ids.length === options.maxTokens
        ? { stop: 'length', cachedPromptTokens: 0 }
        : { stop: 'end', cachedPromptTokens: 0, endToken: 0 };
    },
    ...(word('logits') === 'no'
      ? {}
      : {
          async score({ tokens, from, path }) {
            const score = scores++;
            if (score === orElse('dieAtScore', -1)) process.kill(process.pid, 'SIGKILL');
            const [rows, columns] = [tokens.length - from + 1, orElse('columns', 256)];
            const logits = new Float32Array(rows * columns);
            for (let row = 0; row < rows; row++) {
              const [first, second] = choiceAt(tokens.slice(0, from), row);
              logits[row * columns + first] = 10;
              logits[row * columns + second] = 10 - orElse('margin', 2);
            }
            if (score === orElse('nanAtScore', -1)) logits.fill(Number.NaN);
            await writeFile(path, logits);
            return { rows, columns };
          },
        }),
    async memory() {
      return { weightsBytes: 1000 };
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** Log-probabilities of real engines on the embedded model, through the endpoint. */
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { frameworkNamed, frameworks } from '../../../scripts/frameworks/registry.ts';
import { resolveModel } from '../../../scripts/models/resolve.ts';
import { type Endpoint, openEndpoint, vocabularySize } from '../../../scripts/serve/endpoint.ts';
import { defaultEngineSettings, type EngineSettings } from '../../../scripts/settings/settings.ts';
import { defaultTextFile, firstScored, readText } from '../../../scripts/workloads/perplexity/text.ts';
import { skipped } from '../../fakes/skipped.ts';
import { present } from '../frameworks/present.ts';
import { scoreWithEngines } from '../workloads/perplexity/score-with-engines.ts';

const tiny = resolve(import.meta.dirname, '../../../configs/tiny/tiny-chat-f16.gguf');
/** Some engines compile their kernels, which takes a while on a machine that does other work. */
const timeoutMs = 400_000;

async function endpointOf(name: string, change: Partial<EngineSettings> = {}): Promise<Endpoint> {
  const framework = frameworkNamed(name);
  const world = { formats: framework.quantizations, algorithm: undefined, quantize: 'f16', synthetic: false, seed: 1 };
  const model = await resolveModel({ ...world, size: 'tiny', path: tiny, offline: true }, () => {});
  const settings: EngineSettings = {
    ...defaultEngineSettings,
    ...{ device: 'cpu', gpuLayers: 0, contextTokens: 512, batchTokens: 512, kvType: 'auto' },
    ...change,
  };
  return openEndpoint({
    config: { framework, model, settings, timeoutMs },
    ...{ engines: 1, queueLimit: 8, modelId: 'tiny', aliases: [], vocabulary: await vocabularySize(framework, tiny) },
    ...{ host: '127.0.0.1', port: 0, apiKey: undefined, defaults: { temperature: 0, reusePrefix: false } },
    limits: { answerTokens: undefined, bodyBytes: 2 ** 20, connections: 64, requestMs: 9000, stallMs: 9000 },
  });
}

async function ask({ url }: Endpoint, path: string, body: object) {
  const response = await fetch(url.replace('/v1', path), {
    method: 'POST',
    body: JSON.stringify({ model: 'tiny', ...body }),
    headers: { 'content-type': 'application/json' },
  });
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return JSON.parse(text);
}

const complete = (endpoint: Endpoint, body: object) => ask(endpoint, '/v1/completions', body);

interface TokenLogprobs {
  tokens: string[];
  token_logprobs: Array<number | null>;
  top_logprobs: Array<Record<string, number> | null>;
  text_offset: number[];
}

function expectWholeText({ tokens, text_offset }: TokenLogprobs, text: string): void {
  expect(tokens.join('')).toBe(text);
  const characters = [...text];
  for (const [i, token] of tokens.entries()) {
    const begin = text_offset[i] ?? Number.NaN;
    expect(characters.slice(begin, begin + [...token].length).join('')).toBe(token);
  }
}

const outspoken = [];
for (const { name, title, modelFormats } of frameworks) {
  if (skipped(!modelFormats.includes('gguf') || name === 'openai', `log-probabilities of ${title}: no GGUF file`))
    continue;
  if (await present(frameworkNamed(name))) outspoken.push({ name });
}

describe.each(outspoken)('$name', { timeout: timeoutMs }, ({ name }) => {
  let endpoint: Endpoint;
  let reports = false;

  beforeAll(async () => {
    endpoint = await endpointOf(name);
    reports = endpoint.service.model.reportsLikelihoods;
  }, timeoutMs);
  afterAll(() => endpoint.close(0));

  it('tells of a text what the perplexity workload tells', async ({ skip }) => {
    skip(skipped(!reports, `log-probabilities of ${name}: it reports none`));
    const scored = await scoreWithEngines({ runs: [`${name}:f16`], chunks: 1, chunkTokens: 64 });
    const { text, figures } = scored.get(`${name}:f16`) ?? {};
    const chunkTokens = text?.chunkTokens ?? 0;
    const whole = await ask(endpoint, '/tokenize', {
      content: (await readText(defaultTextFile)).text,
      parse_special: false,
    });
    const prompt = whole.tokens.slice(0, chunkTokens);
    const { choices } = await complete(endpoint, { prompt, max_tokens: 0, logprobs: 0, echo: true });
    const values: number[] = choices[0].logprobs.token_logprobs.slice(firstScored(chunkTokens) + 1);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(values).toHaveLength(figures?.tokens ?? -1);
    expect(Math.exp(-mean) / (figures?.perplexity.value ?? 0)).toBeCloseTo(1, 5);
  });

  it('echoes a prompt with characters of several bytes, token by token', async ({ skip }) => {
    const prompt = 'Zürich, 東京 and 🙂 ask: What is 9 - 4?\n<|im_end|>';
    const plain = await complete(endpoint, { prompt, max_tokens: 2, echo: true });
    expect(plain.choices[0].text.startsWith(prompt)).toBe(true);
    skip(skipped(!reports, `log-probabilities of ${name}: it reports none`));
    const { choices } = await complete(endpoint, { prompt, max_tokens: 2, logprobs: 3, echo: true });
    const { text, logprobs } = choices[0];
    expect(text).toBe(plain.choices[0].text);
    expectWholeText(logprobs, text);
    expect(logprobs.token_logprobs[0]).toBeNull();
    expect(Math.max(...logprobs.token_logprobs)).toBeLessThanOrEqual(0);
    for (const top of logprobs.top_logprobs.slice(1)) {
      const probabilities = Object.values<number>(top).map(Math.exp);
      expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeLessThan(1.0001);
      expect(probabilities.length).toBeGreaterThanOrEqual(2);
    }
  });

  it('finds each token of a greedy answer the most probable, and the one that ended it', async ({ skip }) => {
    skip(skipped(!reports, `log-probabilities of ${name}: it reports none`));
    const prompt = '<|im_start|>user\nWhat is 9 - 4?<|im_end|>\n<|im_start|>assistant\n';
    const { choices } = await complete(endpoint, { prompt, max_tokens: 40, logprobs: 1 });
    const { text, logprobs, finish_reason } = choices[0];
    expect([text.trim(), finish_reason]).toEqual(['5', 'stop']);
    expect(logprobs.tokens.at(-1)).toBe('<|im_end|>');
    expect(logprobs.tokens.slice(0, -1).join('')).toBe(text);
    for (const [i, value] of logprobs.token_logprobs.entries()) {
      expect(value).toBe(Math.max(...Object.values<number>(logprobs.top_logprobs[i])));
    }
  });

  it('answers a chat with them, five alternatives each, best first', async ({ skip }) => {
    skip(skipped(!reports, `log-probabilities of ${name}: it reports none`));
    const messages = [{ role: 'user', content: 'Why is the sky blue?' }];
    const asked = { messages, max_tokens: 12, logprobs: true, top_logprobs: 5 };
    const { choices } = await ask(endpoint, '/v1/chat/completions', asked);
    const { message, logprobs } = choices[0];
    expect(logprobs.content.map(({ token }: { token: string }) => token).join('')).toBe(message.content);
    for (const { token, logprob, top_logprobs, bytes } of logprobs.content) {
      expect(Buffer.from(bytes).toString()).toBe(token);
      expect(top_logprobs[0]).toEqual({ token, logprob, bytes });
      const values: number[] = top_logprobs.map((one: { logprob: number }) => one.logprob);
      expect(values).toHaveLength(5);
      expect(values).toEqual(values.toSorted((a, b) => b - a));
    }
  });

  it('reads several prompts, each as if it were alone', async ({ skip }) => {
    skip(skipped(!reports, `log-probabilities of ${name}: it reports none`));
    const asked = { max_tokens: 1, logprobs: 1, echo: true };
    const prompts = ['What is 9 - 4?', 'Name the seven continents.'];
    const together = await complete(endpoint, { ...asked, prompt: prompts });
    for (const [i, prompt] of prompts.entries()) {
      const { choices } = await complete(endpoint, { ...asked, prompt });
      expect(together.choices[i]).toMatchObject({ index: i, text: choices[0].text });
      expect(together.choices[i].logprobs.tokens).toEqual(choices[0].logprobs.tokens);
    }
  });
});

it('the tokenizer goes there and back, special tokens written out, and says its own', {
  timeout: timeoutMs,
}, async () => {
  const endpoint = await endpointOf('llamacpp');
  onTestFinished(() => endpoint.close(0));
  const prompt = '<|im_start|>user\nZürich, 東京 and 🙂<|im_end|>';
  const { tokens, count } = await ask(endpoint, '/tokenize', { prompt });
  expect(count).toBe(tokens.length);
  expect((await ask(endpoint, '/detokenize', { tokens })).prompt).toBe(prompt);
  const literal = await ask(endpoint, '/tokenize', { content: prompt, parse_special: false });
  expect(literal.count).toBeGreaterThan(count);
  const info = JSON.parse(await (await fetch(endpoint.url.replace('/v1', '/tokenizer_info'))).text());
  expect(info).toMatchObject({ vocab_size: 512, eos_token: '<|im_end|>', chat_template: expect.any(String) });
  expect((await ask(endpoint, '/tokenize', { prompt: info.eos_token, add_special_tokens: false })).count).toBe(1);
});

describe('an engine with several sequences', { timeout: timeoutMs }, () => {
  it('scores one text while it writes other answers, and both are as they are alone', async () => {
    const settings = { sequences: 3, batchTokens: 16, contextTokens: 256 };
    const alone = await endpointOf('llamacpp', { ...settings, sequences: 1 });
    onTestFinished(() => alone.close(0));
    const endpoint = await endpointOf('llamacpp', settings);
    onTestFinished(() => endpoint.close(0));
    const text = { prompt: 'The axis of the Earth is tilted. What is 9 - 4? '.repeat(4), max_tokens: 1 };
    const scoring = { ...text, logprobs: 2, echo: true };
    const question = '<|im_start|>user\nWhy is the sky blue?<|im_end|>\n<|im_start|>assistant\n';
    const writing = { prompt: question, max_tokens: 100 };
    const [expected, written] = [await complete(alone, scoring), await complete(alone, writing)];
    const writers = Array.from({ length: 4 }, () => complete(endpoint, writing));
    const scored = await Promise.all(Array.from({ length: 4 }, () => complete(endpoint, scoring)));
    for (const { choices } of await Promise.all(writers)) {
      expect(choices[0]).toMatchObject({ text: written.choices[0].text, finish_reason: 'stop' });
    }
    const { logprobs } = expected.choices[0];
    for (const { choices } of scored) {
      expect(choices[0].logprobs.tokens).toEqual(logprobs.tokens);
      for (const [i, value] of choices[0].logprobs.token_logprobs.slice(1).entries()) {
        expect(value).toBeCloseTo(logprobs.token_logprobs[i + 1], 2);
      }
    }
  });
});

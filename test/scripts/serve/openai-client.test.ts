/** The official client against the embedded model in a real engine: the contract that everything else relies on. */
import { resolve } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { llamacpp } from '../../../scripts/frameworks/llamacpp/framework.ts';
import { resolveModel } from '../../../scripts/models/resolve.ts';
import { type Endpoint, openEndpoint } from '../../../scripts/serve/endpoint.ts';
import { scriptedPlan } from '../../fakes/scripted-run.ts';

const model = 'tiny';
const sky =
  'Air scatters blue light from the Sun more strongly than red light, so blue light reaches our eyes from every part of the sky.';
const asking = { model, messages: [{ role: 'user' as const, content: 'Why is the sky blue?' }] };

let endpoint: Endpoint;
let client: OpenAI;

beforeAll(async () => {
  const tiny = resolve(import.meta.dirname, '../../../configs/tiny/tiny-chat-f16.gguf');
  const request = {
    size: undefined,
    algorithm: undefined,
    quantize: 'default',
    synthetic: false,
    seed: 1,
    offline: true,
  };
  endpoint = await openEndpoint({
    config: {
      framework: llamacpp,
      model: await resolveModel({ ...request, path: tiny, formats: [] }, () => {}),
      settings: scriptedPlan('').settings,
      timeoutMs: 60_000,
    },
    engines: 1,
    queueLimit: 8,
    modelId: model,
    aliases: [],
    vocabulary: 512,
    host: '127.0.0.1',
    port: 0,
    apiKey: 'secret',
    defaults: { temperature: 0, reusePrefix: true },
    limits: { answerTokens: undefined, bodyBytes: 1e6, connections: 64, requestMs: 10_000, stallMs: 10_000 },
  });
  client = new OpenAI({ baseURL: endpoint.url, apiKey: 'secret', maxRetries: 0 });
});

afterAll(() => endpoint.close(0));

describe("OpenAI's own client", () => {
  it('lists and retrieves the model', async () => {
    const listed = [];
    for await (const one of client.models.list()) listed.push(one.id);
    expect(listed).toEqual([model]);
    expect((await client.models.retrieve(model)).owned_by).toBe('tokenlap');
    await expect(client.models.retrieve('gpt-5')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it('chats', async () => {
    const { choices, usage } = await client.chat.completions.create(asking);
    expect(choices[0]?.message).toMatchObject({ role: 'assistant', content: sky });
    expect(choices[0]?.finish_reason).toBe('stop');
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
  });

  it('streams the same, token by token, with the same usage', async () => {
    const { usage: expected } = await client.chat.completions.create(asking);
    const stream = await client.chat.completions.create({
      ...asking,
      stream: true,
      stream_options: { include_usage: true },
    });
    const pieces: string[] = [];
    let usage: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of stream) {
      const piece = chunk.choices[0]?.delta.content;
      if (piece) pieces.push(piece);
      usage = chunk.usage;
    }
    expect(pieces.join('')).toBe(sky);
    expect(pieces).toHaveLength(usage?.completion_tokens ?? 0);
    expect(usage?.completion_tokens).toBe(expected?.completion_tokens);
    // The prompt was asked before, and this endpoint keeps prefixes.
    expect(usage?.prompt_tokens_details?.cached_tokens).toBe((usage?.prompt_tokens ?? 0) - 1);
  });

  it('collects a stream with its own helper', async () => {
    const final = await client.chat.completions.stream(asking).finalChatCompletion();
    expect(final.choices[0]?.message.content).toBe(sky);
  });

  it('completes text, and goes on from token ids alike', async () => {
    const prompt = 'Once';
    const text = await client.completions.create({ model, prompt, max_tokens: 5 });
    expect(text.usage?.completion_tokens).toBe(5);
    expect(text.choices[0]?.finish_reason).toBe('length');
    const { ids } = await endpoint.service.pool.run(new AbortController().signal, ({ engine }) =>
      engine.tokenize(prompt),
    );
    const fromIds = await client.completions.create({ model, prompt: ids, max_tokens: 5 });
    expect(fromIds.choices[0]?.text).toBe(text.choices[0]?.text);
  });

  it('draws the same with the same seed, and something else with another', async () => {
    const draw = async (seed: number) => {
      const sampled = await client.chat.completions.create({ ...asking, temperature: 2, seed, max_tokens: 30 });
      return sampled.choices[0]?.message.content;
    };
    const [first, again, other] = [await draw(1), await draw(1), await draw(2)];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('draws from the most probable tokens only when it is asked to', async () => {
    const hot = { ...asking, temperature: 2, seed: 1 };
    const narrow = await client.chat.completions.create({ ...hot, top_p: 0.0001 });
    expect(narrow.choices[0]?.message.content).toBe(sky);
    const wide = await client.chat.completions.create({ ...hot, top_p: 1, max_tokens: 30 });
    expect(wide.choices[0]?.message.content).not.toBe(sky);
  });

  it('is told which of its fields were not read', async () => {
    const sent = { ...asking, user: 'me', store: false, n: 1, presence_penalty: 0, logprobs: false };
    const { response } = await client.chat.completions.create(sent).withResponse();
    expect(response.headers.get('x-tokenlap-ignored')).toBe('user, store');
  });

  it('stops at a stop string', async () => {
    const { choices } = await client.chat.completions.create({ ...asking, stop: [' more', 'unheard of'] });
    expect(choices[0]?.message.content).toBe('Air scatters blue light from the Sun');
    expect(choices[0]?.finish_reason).toBe('stop');
  });

  it('leaves in the middle of a stream, and the engine is free again', async () => {
    const stream = await client.chat.completions.create({ ...asking, stream: true });
    for await (const _ of stream) break;
    expect((await client.chat.completions.create(asking)).choices[0]?.message.content).toBe(sky);
  });

  it.each([
    { change: { model: 'gpt-5' }, kind: OpenAI.NotFoundError, code: 'model_not_found' },
    { change: { n: 2 }, kind: OpenAI.BadRequestError, code: 'unsupported_parameter' },
    { change: { max_tokens: 1000 }, kind: OpenAI.BadRequestError, code: null },
    { change: { max_tokens: 505 }, kind: OpenAI.BadRequestError, code: 'context_length_exceeded' },
  ])('understands what is wrong with $change', async ({ change, kind, code }) => {
    const refused = await client.chat.completions.create({ ...asking, ...change }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(kind);
    expect(refused).toMatchObject({ code });
  });

  it('needs the key', async () => {
    const stranger = new OpenAI({ baseURL: endpoint.url, apiKey: 'guess', maxRetries: 0 });
    await expect(stranger.chat.completions.create(asking)).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });
});

import { describe, expect, it } from 'vitest';
import { absent } from '../../fakes/scripted-framework.ts';
import { events, metric, post, question, scriptedEndpoint, until } from './scripted-endpoint.ts';

const chat = '/chat/completions';

describe('an answer', () => {
  it('comes whole, with its usage and what it took', async () => {
    const endpoint = await scriptedEndpoint('ttft=20&gap=5');
    const response = await post(endpoint, chat, question('abcd'));
    expect(await response.json()).toMatchObject({
      object: 'chat.completion',
      model: 'paper',
      choices: [{ index: 0, message: { role: 'assistant', content: 'dcba' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 4, completion_tokens: 4, total_tokens: 8 },
      timings: { queue_ms: expect.any(Number), ttft_ms: expect.any(Number), tpot_ms: expect.any(Number) },
    });
    expect(await metric(endpoint, 'tokenlap_generated_tokens_total')).toBe(4);
    expect(await metric(endpoint, 'tokenlap_time_to_first_token_seconds_count')).toBe(1);
  });

  it('comes in events, one a token, and ends with its usage and [DONE]', async () => {
    const endpoint = await scriptedEndpoint();
    const body = { ...question('abc'), stream: true, stream_options: { include_usage: true }, return_token_ids: true };
    const all = await events(await post(endpoint, chat, body));
    expect(all.at(-1)).toBe('[DONE]');
    const chunks = all.slice(0, -1).map((event) => JSON.parse(event));
    expect(chunks.map(({ choices }) => choices[0]?.delta)).toEqual([
      { role: 'assistant', content: '' },
      { content: 'c' },
      { content: 'b' },
      { content: 'a' },
      {},
      undefined,
    ]);
    expect(chunks.at(-2).choices[0]).toMatchObject({ finish_reason: 'stop', token_ids: [99, 98, 97] });
    expect(chunks.at(-1).usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 3 });
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  });

  it('to a plain completion is text, and has as many tokens as asked', async () => {
    const endpoint = await scriptedEndpoint();
    const whole = await (await post(endpoint, '/completions', { prompt: [97, 98, 99], max_tokens: 2 })).json();
    expect(whole).toMatchObject({ object: 'text_completion', choices: [{ text: 'cb', finish_reason: 'length' }] });
    const streamed = await events(await post(endpoint, '/completions', { prompt: 'abc', stream: true }));
    const texts = streamed.slice(0, -1).map((event) => JSON.parse(event).choices[0].text);
    expect(texts).toEqual(['c', 'b', 'a', '']);
  });

  it.each([true, false])('ends before a stop string, and the engine with it (streamed: %s)', async (stream) => {
    const endpoint = await scriptedEndpoint('gap=50');
    const body = { ...question('0123456789 stop me'), stop: ['pots'], stream };
    const response = await post(endpoint, chat, body);
    if (stream) {
      const chunks = (await events(response)).slice(0, -1).map((event) => JSON.parse(event));
      expect(chunks.map(({ choices }) => choices[0].delta.content ?? '').join('')).toBe('em ');
      expect(chunks.at(-1).choices[0].finish_reason).toBe('stop');
    } else {
      expect(await response.json()).toMatchObject({
        choices: [{ message: { content: 'em ' }, finish_reason: 'stop' }],
        usage: { completion_tokens: 7 },
      });
    }
  });

  it.each([
    { body: question('a'.repeat(512)), says: /context has 512 tokens, but the prompt has 512/ },
    { body: { ...question('abc'), max_tokens: 510 }, says: /the prompt has 3 and the answer may have 510/ },
    { body: { ...question('abc'), max_tokens: 513 }, says: /an answer may have 512 tokens here/ },
    { body: question(''), says: /prompt is empty/ },
  ])('is refused where it has no room: $says', async ({ body, says }) => {
    const endpoint = await scriptedEndpoint();
    for (const stream of [false, true]) {
      const response = await post(endpoint, chat, { ...body, stream });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { message: expect.stringMatching(says) } });
    }
  });

  it('comes by every name that the model was started with', async () => {
    const aliases = ['tiny', '/models/tiny.gguf', 'tiny.gguf'];
    const endpoint = await scriptedEndpoint('', { aliases });
    for (const model of ['paper', 'PAPER', ...aliases]) {
      const response = await post(endpoint, chat, { ...question('ab'), model });
      expect(await response.json()).toMatchObject({ model: 'paper', choices: [{ message: { content: 'ba' } }] });
      const card = await fetch(`${endpoint.url}/models/${encodeURIComponent(model)}`);
      expect(await card.json()).toMatchObject({ id: 'paper' });
    }
  });

  it.each([true, false])('names the fields that were ignored in a header (streamed: %s)', async (stream) => {
    const endpoint = await scriptedEndpoint();
    const body = { ...question('ab'), stream, user: 'me', store: true, n: 1, top_k: 40 };
    const response = await post(endpoint, chat, body);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-tokenlap-ignored')).toBe('user, store, top_k');
    await response.text();
    expect((await post(endpoint, chat, question('ab'))).headers.get('x-tokenlap-ignored')).toBeNull();
  });

  it('is refused with top_p where the framework draws from all tokens, unless nothing is drawn', async () => {
    const endpoint = await scriptedEndpoint();
    const refused = await post(endpoint, chat, { ...question('ab'), top_p: 0.5, temperature: 1 });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: { param: 'top_p', code: 'unsupported_parameter' } });
    expect((await post(endpoint, chat, { ...question('ab'), top_p: 0.5, temperature: 0 })).status).toBe(200);
    expect((await post(endpoint, chat, { ...question('ab'), top_p: 1, temperature: 1 })).status).toBe(200);
  });

  it('is refused for a model that is not served', async () => {
    const endpoint = await scriptedEndpoint();
    const response = await post(endpoint, chat, { ...question('a'), model: 'gpt-5' });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'model_not_found', param: 'model' } });
  });
});

describe('requests at the same time', () => {
  it('wait their turn, and more than may wait get 429', async () => {
    const endpoint = await scriptedEndpoint('ttft=300', { queueLimit: 2 });
    const asked = ['ab', 'cd', 'ef', 'gh'].map(async (text, i) => {
      // In the order of their names.
      await new Promise((resolve) => setTimeout(resolve, 30 * i));
      return post(endpoint, chat, question(text));
    });
    const [first, , third, fourth] = await Promise.all(asked);
    expect(fourth?.status).toBe(429);
    expect(fourth?.headers.get('retry-after')).toBe('1');
    expect(await first?.json()).toMatchObject({ choices: [{ message: { content: 'ba' } }] });
    expect(await third?.json()).toMatchObject({ choices: [{ message: { content: 'fe' } }] });
    expect(await metric(endpoint, 'tokenlap_queue_seconds_sum')).toBeGreaterThan(0.5);
  });

  it('are answered side by side by several engines', async () => {
    const endpoint = await scriptedEndpoint('gap=50', { engines: 2 });
    const both = await Promise.all(
      ['abcd', 'efgh'].map(async (text) => (await post(endpoint, chat, { ...question(text), stream: true })).text()),
    );
    expect(both.map((text) => text.match(/[a-h](?="})/g)?.join(''))).toEqual(['dcba', 'hgfe']);
    expect(new Set(endpoint.service.pool.slots.map(({ engine }) => engine.pid)).size).toBe(2);
  });

  it('are answered side by side by one engine with several sequences, each with its own text', async () => {
    const endpoint = await scriptedEndpoint('gap=100', { sequences: 2 });
    const asked = ['abcd', 'efgh', 'ijkl'].map(async (text) =>
      (await post(endpoint, chat, { ...question(text), stream: true })).text(),
    );
    await until(() => endpoint.service.pool.running === 2 && endpoint.service.pool.waiting === 1);
    const texts = await Promise.all(asked);
    expect(texts.map((text) => text.match(/[a-l](?="})/g)?.join(''))).toEqual(['dcba', 'hgfe', 'lkji']);
    expect(endpoint.service.pool.engines).toHaveLength(1);
    expect(endpoint.service.pool.slots).toHaveLength(2);
  });

  it('end one by one: a stop string of one leaves the other', async () => {
    const endpoint = await scriptedEndpoint('gap=50', { sequences: 2 });
    const [stopped, whole] = await Promise.all([
      post(endpoint, chat, { ...question('x'.repeat(40)), stop: ['xx'] }),
      post(endpoint, chat, question('abcdefgh')),
    ]);
    expect(await stopped.json()).toMatchObject({ choices: [{ message: { content: '' }, finish_reason: 'stop' }] });
    expect(await whole.json()).toMatchObject({ choices: [{ message: { content: 'hgfedcba' } }] });
  });
});

describe('a client that leaves', () => {
  it('stops its answer, streamed or not', async () => {
    const endpoint = await scriptedEndpoint('gap=100');
    for (const stream of [true, false]) {
      const leaving = new AbortController();
      const asked = post(endpoint, chat, { ...question('x'.repeat(100)), stream }, { signal: leaving.signal });
      asked.catch(() => {});
      await until(() => endpoint.service.pool.running === 1);
      await new Promise((resolve) => setTimeout(resolve, 150));
      leaving.abort();
      await until(() => endpoint.service.pool.running === 0);
    }
    // Ten seconds of answers would have been left.
    expect(await metric(endpoint, 'tokenlap_requests_total{path="/v1/chat/completions",status="left"}')).toBe(2);
    expect((await post(endpoint, chat, question('a'))).status).toBe(200);
  });

  it('leaves the line too', async () => {
    const endpoint = await scriptedEndpoint('ttft=500');
    const first = post(endpoint, chat, question('ab'));
    await until(() => endpoint.service.pool.running === 1);
    const leaving = new AbortController();
    post(endpoint, chat, question('cd'), { signal: leaving.signal }).catch(() => {});
    await until(() => endpoint.service.pool.waiting === 1);
    leaving.abort();
    await until(() => endpoint.service.pool.waiting === 0);
    expect((await first).status).toBe(200);
  });
});

describe('an engine that dies', () => {
  it('costs the answers in flight, and is started again', async () => {
    const endpoint = await scriptedEndpoint('die=2&gap=20');
    const whole = await post(endpoint, chat, question('abcd'));
    expect(whole.status).toBe(503);
    expect(await whole.json()).toMatchObject({ error: { type: 'server_error', code: 'engine_unavailable' } });
    const streamed = await events(await post(endpoint, chat, { ...question('abcd'), stream: true }));
    expect(streamed.at(-1)).toMatch(/"error":{"message":"the Scripted engine was killed \(SIGKILL\)/);
    expect(streamed).not.toContain('[DONE]');
    // Two tokens are fewer than it takes to die.
    expect((await post(endpoint, chat, question('ab'))).status).toBe(200);
    expect(await metric(endpoint, 'tokenlap_engine_restarts_total')).toBe(2);
  });

  it('costs all answers that it was giving', async () => {
    const endpoint = await scriptedEndpoint('die=2&gap=50', { sequences: 2 });
    const both = await Promise.all(['abcd', 'efgh'].map((text) => post(endpoint, chat, question(text))));
    expect(both.map(({ status }) => status)).toEqual([503, 503]);
    const again = await Promise.all(['ab', 'ef'].map((text) => post(endpoint, chat, question(text))));
    expect(again.map(({ status }) => status)).toEqual([200, 200]);
    expect(await metric(endpoint, 'tokenlap_engine_restarts_total')).toBe(1);
  });

  it('while nobody asks is started again at once', async () => {
    const endpoint = await scriptedEndpoint();
    const before = endpoint.service.pool.slots[0]?.engine.pid ?? 0;
    process.kill(before, 'SIGKILL');
    await until(() => (endpoint.service.pool.slots[0]?.engine.pid ?? before) !== before);
    expect((await post(endpoint, chat, question('ab'))).status).toBe(200);
  });

  it('at the start is the reason why there is no endpoint', async () => {
    await expect(scriptedEndpoint('load=refuse')).rejects.toThrow('the model is broken');
    await expect(scriptedEndpoint('', { framework: absent })).rejects.toThrow('Absent is not installed');
  });
});

describe('an endpoint that closes', () => {
  it('lets what has begun end in its time', async () => {
    const endpoint = await scriptedEndpoint('ttft=300');
    const asked = post(endpoint, chat, question('ab'));
    await until(() => endpoint.service.pool.running === 1);
    await endpoint.close(5000);
    expect(await (await asked).json()).toMatchObject({ choices: [{ message: { content: 'ba' } }] });
  });

  it('tells those who are not ready by then, and leaves no engine', async () => {
    const endpoint = await scriptedEndpoint('ttft=60000');
    const pid = endpoint.service.pool.slots[0]?.engine.pid ?? 0;
    const asked = ['ab', 'cd'].map((text) => post(endpoint, chat, question(text)));
    await until(() => endpoint.service.pool.waiting === 1);
    await endpoint.close(100);
    for (const response of await Promise.all(asked)) expect(response.status).toBe(503);
    expect(() => process.kill(pid, 0)).toThrow();
  });
});

describe('health and models', () => {
  it('tell what is served and how busy it is', async () => {
    const endpoint = await scriptedEndpoint();
    expect(await (await fetch(endpoint.url.replace('/v1', '/health'))).json()).toMatchObject({
      status: 'ok',
      model: 'paper',
      framework: 'scripted',
      contextTokens: 512,
      engines: { ready: 1, seats: 1, running: 0 },
      queue: { waiting: 0 },
    });
    const list = await (await fetch(`${endpoint.url}/models`)).json();
    expect(list).toMatchObject({ object: 'list', data: [{ id: 'paper', object: 'model', owned_by: 'tokenlap' }] });
    expect((await fetch(`${endpoint.url}/models/paper`)).status).toBe(200);
    expect((await fetch(`${endpoint.url}/models/gpt-5`)).status).toBe(404);
  });
});

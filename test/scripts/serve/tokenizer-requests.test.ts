import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../scripts/serve/endpoint.ts';
import { scriptedEndpoint, until } from './scripted-endpoint.ts';

const at = (endpoint: Endpoint, path: string) => endpoint.url.replace('/v1', path);

async function ask(endpoint: Endpoint, path: string, body: object) {
  const init = { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const response = await fetch(at(endpoint, path), init);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

describe('/tokenize', () => {
  const readable = [
    { asked: { prompt: 'ab' }, answer: { count: 2, max_model_len: 512, tokens: [97, 98] } },
    { asked: { content: 'ab', model: 'paper' }, answer: { count: 2, max_model_len: 512, tokens: [97, 98] } },
    {
      asked: { messages: [{ role: 'user', content: 'hi' }] },
      answer: { count: 2, max_model_len: 512, tokens: [104, 105] },
    },
    { asked: { prompt: '' }, answer: { count: 0, max_model_len: 512, tokens: [] } },
    {
      asked: { prompt: 'ab', return_token_strs: true, add_special_tokens: false },
      answer: { count: 2, max_model_len: 512, tokens: [97, 98], token_strs: ['a', 'b'] },
    },
    {
      asked: { content: 'a', with_pieces: true },
      answer: { count: 1, max_model_len: 512, tokens: [{ id: 97, piece: 'a' }] },
    },
  ];

  const refused = [
    { asked: {}, status: 400, error: { param: 'prompt', message: /one of "prompt", "content" and "messages"/ } },
    { asked: { prompt: 'a', content: 'b' }, status: 400, error: { param: 'prompt', message: /one of/ } },
    { asked: { prompt: 7 }, status: 400, error: { param: 'prompt', message: /expected string/ } },
    { asked: { messages: [] }, status: 400, error: { param: 'messages', message: /Too small/ } },
    {
      asked: { messages: [{ role: 'user', content: 'a' }], add_generation_prompt: false },
      status: 400,
      error: { param: 'add_generation_prompt', message: /only true is supported here/ },
    },
    {
      asked: { messages: [{ role: 'user', content: 'a' }], chat_template: 'x' },
      status: 400,
      error: { param: 'chat_template', message: /not supported here/ },
    },
    { asked: { prompt: 'a', model: 'gpt-5' }, status: 404, error: { param: 'model', message: /does not exist/ } },
  ];

  it('makes tokens of texts and of conversations, as vLLM and as llama-server have it', async () => {
    const endpoint = await scriptedEndpoint();
    for (const { asked, answer } of readable) {
      expect((await ask(endpoint, '/tokenize', asked)).body, JSON.stringify(asked)).toEqual(answer);
    }
  });

  it('refuses what it cannot read, and names the field', async () => {
    const endpoint = await scriptedEndpoint();
    for (const { asked, status, error } of refused) {
      const answer = await ask(endpoint, '/tokenize', asked);
      expect(answer.status, JSON.stringify(asked)).toBe(status);
      expect(answer.body).toEqual({
        error: expect.objectContaining({ param: error.param, message: expect.stringMatching(error.message) }),
      });
    }
  });

  it('needs no seat at the engine, and names what it does not read', async () => {
    const endpoint = await scriptedEndpoint('ttft=2000');
    const busy = fetch(`${endpoint.url}/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'paper', prompt: 'ab' }),
      headers: { 'content-type': 'application/json' },
    });
    await until(() => endpoint.service.pool.running === 1);
    const { status, headers } = await ask(endpoint, '/tokenize', { prompt: 'a', flavour: 1 });
    expect(status).toBe(200);
    expect(headers.get('x-tokenlap-ignored')).toBe('flavour');
    expect(endpoint.service.pool.running).toBe(1);
    await endpoint.close(0);
    await busy;
  });
});

describe('/detokenize', () => {
  it('makes text of tokens, by both of its names', async () => {
    const endpoint = await scriptedEndpoint();
    const { body } = await ask(endpoint, '/detokenize', { tokens: [97, 98] });
    expect(body).toEqual({ prompt: 'ab', content: 'ab' });
  });

  it("refuses what is no list of the model's token ids", async () => {
    const endpoint = await scriptedEndpoint();
    for (const asked of [{ tokens: [256] }, { tokens: [-1] }, { tokens: 'ab' }, {}]) {
      const { status, body } = await ask(endpoint, '/detokenize', asked);
      expect(status).toBe(400);
      expect(body).toMatchObject({ error: { param: 'tokens', type: 'invalid_request_error' } });
    }
  });
});

it('/tokenizer_info says what the model file does', async () => {
  const endpoint = await scriptedEndpoint();
  expect(await (await fetch(at(endpoint, '/tokenizer_info'))).json()).toEqual({
    name: 'paper',
    vocab_size: 256,
    model_max_length: 512,
    bos_token: null,
    eos_token: null,
    add_bos_token: false,
    chat_template: '{% for m in messages %}{{ m.content }}{% endfor %}',
  });
});

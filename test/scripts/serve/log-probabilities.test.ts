/**
 * Against the scripted framework: of each row of its logits the next byte's is 10, that of the byte after it 8, and the other 254
 * are 0.
 */
import { describe, expect, it } from 'vitest';
import { events, post, question, scriptedEndpoint, until } from './scripted-endpoint.ts';

const total = Math.log(Math.exp(10) + Math.exp(8) + 254);
const [first, second, other] = [10 - total, 8 - total, -total];
const near = (value: number) => expect.closeTo(value, 10);

/** The body of an answer. */
const answered = async (response: Promise<Response>) => JSON.parse(await (await response).text());

describe('a plain completion with log-probabilities', () => {
  it('has one for each token, with the most probable ones and where each begins', async () => {
    const endpoint = await scriptedEndpoint();
    const body = { prompt: 'abc', max_tokens: 2, logprobs: 2 };
    expect(await (await post(endpoint, '/completions', body)).json()).toMatchObject({
      choices: [
        {
          text: 'cb',
          logprobs: {
            tokens: ['c', 'b'],
            token_logprobs: [near(first), near(first)],
            top_logprobs: [
              { c: near(first), d: near(second) },
              { b: near(first), c: near(second) },
            ],
            text_offset: [0, 1],
          },
        },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 2 },
    });
  });

  it('lists the token that ended the answer, which has no place in the text', async () => {
    const endpoint = await scriptedEndpoint();
    const answer = await answered(post(endpoint, '/completions', { prompt: 'abc', logprobs: 0 }));
    expect(answer.choices[0]).toMatchObject({
      text: 'cba',
      finish_reason: 'stop',
      logprobs: {
        tokens: ['c', 'b', 'a', '\u0000'],
        token_logprobs: Array(4).fill(near(first)),
        top_logprobs: [{ c: near(first) }, { b: near(first) }, { a: near(first) }, { '\u0000': near(first) }],
        text_offset: [0, 1, 2, 3],
      },
    });
    expect(answer.usage.completion_tokens).toBe(3);
  });

  it('begins with the prompt where it is echoed, whose first token nothing predicts', async () => {
    const endpoint = await scriptedEndpoint();
    const body = { prompt: [97, 98, 97], max_tokens: 1, logprobs: 1, echo: true };
    const { choices } = await answered(post(endpoint, '/completions', body));
    // The script reads the first token as the prompt, and expects it to be answered with itself and the end.
    expect(choices[0]).toMatchObject({
      text: 'abaa',
      logprobs: {
        tokens: ['a', 'b', 'a', 'a'],
        token_logprobs: [null, near(second), near(other), near(other)],
        top_logprobs: [
          null,
          { a: near(first), b: near(second) },
          { '\u0000': near(first), a: near(other) },
          { '\u0000': near(first), a: near(other) },
        ],
        text_offset: [0, 1, 2, 3],
      },
    });
  });

  it('is the prompt alone with max_tokens 0', async () => {
    const endpoint = await scriptedEndpoint();
    const body = { prompt: 'ab', max_tokens: 0, logprobs: 0, echo: true };
    expect(await (await post(endpoint, '/completions', body)).json()).toMatchObject({
      choices: [{ text: 'ab', finish_reason: 'length', logprobs: { token_logprobs: [null, near(second)] } }],
      usage: { prompt_tokens: 2, completion_tokens: 0 },
      timings: { ttft_ms: null, tpot_ms: null },
    });
    const one = await answered(post(endpoint, '/completions', { ...body, prompt: 'a' }));
    expect(one.choices[0].logprobs).toEqual({
      tokens: ['a'],
      token_logprobs: [null],
      top_logprobs: [null],
      text_offset: [0],
    });
  });

  it('streams the prompt first, and the log-probabilities with the last chunk of the answer', async () => {
    const endpoint = await scriptedEndpoint();
    const body = { prompt: 'ab', max_tokens: 2, logprobs: 0, echo: true, stream: true };
    const all = await events(await post(endpoint, '/completions', body));
    expect(all.at(-1)).toBe('[DONE]');
    const choices = all.slice(0, -1).map((event) => JSON.parse(event).choices[0]);
    expect(choices.map(({ text }) => text)).toEqual(['ab', 'b', 'a', '']);
    expect(choices.map(({ logprobs }) => logprobs?.tokens ?? null)).toEqual([null, null, null, ['a', 'b', 'b', 'a']]);
  });

  it('is refused where the framework tells none, and says where to look', async () => {
    const endpoint = await scriptedEndpoint('logits=no');
    const response = await post(endpoint, '/completions', { prompt: 'ab', logprobs: 0 });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: {
        message: '"logprobs": scripted does not report probabilities of tokens; docs/serve.md says which frameworks do',
        type: 'invalid_request_error',
        param: 'logprobs',
        code: 'unsupported_parameter',
      },
    });
    const chat = { ...question('ab'), logprobs: true };
    expect((await post(endpoint, '/chat/completions', chat)).status).toBe(400);
    expect((await post(endpoint, '/completions', { prompt: 'ab', echo: true })).status).toBe(200);
  });

  it('of an engine that computes nonsense is an error, not a number', async () => {
    const endpoint = await scriptedEndpoint('nanAtScore=0');
    expect((await post(endpoint, '/completions', { prompt: 'ab', logprobs: 0 })).status).toBe(500);
    expect((await post(endpoint, '/completions', { prompt: 'ab', logprobs: 0 })).status).toBe(200);
  });
});

describe('a chat with log-probabilities', () => {
  it('has the tokens of its text with their bytes', async () => {
    const endpoint = await scriptedEndpoint();
    const body = { ...question('ab'), logprobs: true, top_logprobs: 1 };
    const { choices } = await answered(post(endpoint, '/chat/completions', body));
    const token = (text: string) => ({ token: text, logprob: near(first), bytes: [text.charCodeAt(0)] });
    expect(choices[0].logprobs).toEqual({
      content: ['b', 'a'].map((text) => ({ ...token(text), top_logprobs: [token(text)] })),
      refusal: null,
    });
    const plain = await answered(post(endpoint, '/chat/completions', question('ab')));
    expect(plain.choices[0].logprobs).toBeNull();
  });

  it('streams them with the last chunk, where clients that collect them find all', async () => {
    const endpoint = await scriptedEndpoint();
    const body = { ...question('ab'), logprobs: true, stream: true };
    const all = await events(await post(endpoint, '/chat/completions', body));
    const choices = all.slice(0, -1).map((event) => JSON.parse(event).choices[0]);
    const tokens = choices.flatMap(({ logprobs }) => logprobs?.content ?? []).map(({ token }) => token);
    expect(tokens).toEqual(['b', 'a']);
    expect(choices.at(-1).logprobs.content[0].top_logprobs).toEqual([]);
  });
});

describe('several prompts of one request', () => {
  it.each([1, 2])('have an answer each, in their order (%i at a time)', async (sequences) => {
    const endpoint = await scriptedEndpoint('', { sequences });
    const body = { prompt: ['abc', 'de', 'f'], logprobs: 0, max_tokens: 2 };
    const answer = await answered(post(endpoint, '/completions', body));
    expect(answer.choices).toMatchObject([
      { index: 0, text: 'cb', logprobs: { tokens: ['c', 'b'] }, timings: { queue_ms: expect.any(Number) } },
      { index: 1, text: 'ed', logprobs: { tokens: ['e', 'd'] }, timings: { queue_ms: expect.any(Number) } },
      { index: 2, text: 'f', logprobs: { tokens: ['f', '\u0000'] }, timings: { queue_ms: expect.any(Number) } },
    ]);
    expect(answer.usage).toMatchObject({ prompt_tokens: 6, completion_tokens: 5, total_tokens: 11 });
    expect(answer.timings).toBeUndefined();
  });

  it('stream side by side, each with its index', async () => {
    const endpoint = await scriptedEndpoint('gap=5', { sequences: 2 });
    const options = { stream: true, stream_options: { include_usage: true } };
    const all = await events(
      await post(endpoint, '/completions', {
        prompt: [
          [97, 98],
          [99, 100, 101],
        ],
        ...options,
      }),
    );
    const chunks = all.slice(0, -1).map((event) => JSON.parse(event));
    const textOf = (index: number) =>
      chunks.map(({ choices: [choice] }) => (choice?.index === index ? choice.text : '')).join('');
    expect([textOf(0), textOf(1)]).toEqual(['ba', 'edc']);
    expect(chunks.filter(({ choices }) => choices[0]?.finish_reason === 'stop')).toHaveLength(2);
    expect(chunks.filter(({ usage }) => usage !== null)).toHaveLength(1);
    expect(chunks.at(-1).usage).toMatchObject({ prompt_tokens: 5, completion_tokens: 5 });
  });

  it('are refused together where one of them has no room', async () => {
    const endpoint = await scriptedEndpoint('', { sequences: 2 });
    const response = await post(endpoint, '/completions', { prompt: ['ab', 'x'.repeat(600)], stream: false });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'context_length_exceeded' } });
    await until(() => endpoint.service.pool.running === 0);
  });
});

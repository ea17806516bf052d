import { describe, expect, it } from 'vitest';
import { UserError } from '../../../scripts/command-line/errors.ts';
import type { ChatTemplate } from '../../../scripts/models/chat-template.ts';
import { chatPrompt, readChatRequest } from '../../../scripts/serve/chat-request.ts';
import { readCompletionRequest } from '../../../scripts/serve/completion-request.ts';

const template: ChatTemplate = async (messages) => ({
  text: messages.map(({ role, content }) => `<${role}>${content}`).join(''),
  durationNs: 0,
});
const user = { role: 'user', content: 'hi' };
const body = (change: object) => ({ model: 'm', messages: [user], ...change });
const chat = (change: object) => readChatRequest(body(change));
const facts = { vocabulary: 256, begin: (text: string) => `^${text}` };
const completion = (change: object) => readCompletionRequest({ model: 'm', prompt: 'hi', ...change }, facts);

describe('a chat request', () => {
  it('becomes a prompt in the words of the template', async () => {
    const messages = [
      { role: 'developer', content: 'be brief' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      { role: 'assistant', content: 'c', name: 'ignored' },
      user,
    ];
    expect((await chatPrompt(body({ messages }), template)).prompt).toBe(
      '<system>be brief<user>ab<assistant>c<user>hi',
    );
  });

  it('takes the newer name of the token limit, ignores what it does not know, and takes null for absent', () => {
    const asked = chat({
      max_tokens: 1,
      max_completion_tokens: 2,
      user: 'me',
      toString: 1,
      hasOwnProperty: 1,
      tools: null,
      stop: null,
      seed: null,
      temperature: null,
    });
    expect(asked).toMatchObject({ maxTokens: 2, stop: [], seed: undefined, temperature: undefined, stream: false });
  });

  it('takes values of refused fields that say nothing', () => {
    const neutral = { n: 1, top_p: 1, logprobs: false, tools: [], response_format: { type: 'text' }, logit_bias: {} };
    expect(chat(neutral).messages).toEqual([user]);
  });

  it.each([
    { change: { n: 2 }, param: 'n' },
    { change: { top_p: 0.9 }, param: 'top_p' },
    { change: { tools: [{ type: 'function' }] }, param: 'tools' },
    { change: { response_format: { type: 'json_object' } }, param: 'response_format' },
    { change: { logprobs: true }, param: 'logprobs' },
    { change: { presence_penalty: 0.5 }, param: 'presence_penalty' },
    {
      change: { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] },
      param: 'messages[0].content[0]',
    },
  ])('is refused for what nobody here can do: $param', ({ change, param }) => {
    expect(() => chat(change)).toThrow(
      expect.objectContaining({
        status: 400,
        message: expect.stringMatching(/not supported here/),
        body: { error: expect.objectContaining({ param, code: 'unsupported_parameter' }) },
      }),
    );
  });

  it.each([
    { change: { messages: [] }, param: 'messages' },
    { change: { messages: 'hi' }, param: 'messages' },
    { change: { messages: [{ role: 'tool', content: 'x' }] }, param: 'messages[0].role' },
    { change: { messages: [{ role: 'user', content: 7 }] }, param: 'messages[0].content' },
    { change: { model: undefined }, param: 'model' },
    { change: { max_tokens: 0 }, param: 'max_tokens' },
    { change: { max_tokens: '9' }, param: 'max_tokens' },
    { change: { temperature: 3 }, param: 'temperature' },
    { change: { stop: ['a', 'b', 'c', 'd', 'e'] }, param: 'stop' },
    { change: { stop: '' }, param: 'stop' },
    { change: { stream: 'yes' }, param: 'stream' },
    { change: { stream_options: { include_usage: true } }, param: 'stream_options' },
  ])('is refused for $change', ({ change, param }) => {
    expect(() => chat(change)).toThrow(
      expect.objectContaining({ status: 400, body: { error: expect.objectContaining({ param }) } }),
    );
  });

  it('is refused with the words of a template that cannot render it', async () => {
    const strict = async () => {
      throw new UserError('roles must alternate');
    };
    await expect(chatPrompt(body({ messages: [user, user] }), strict)).rejects.toThrow(
      expect.objectContaining({ status: 400, message: 'roles must alternate' }),
    );
  });

  it.each([null, [], 'text', 7])('is refused when its body is %j', (body) => {
    expect(() => readChatRequest(body)).toThrow(expect.objectContaining({ status: 400 }));
  });
});

describe('a completion request', () => {
  it.each([
    { prompt: 'hi', read: '^hi' },
    { prompt: ['hi'], read: '^hi' },
    { prompt: [1, 255], read: [1, 255] },
    { prompt: [[1, 2]], read: [1, 2] },
  ])('takes one prompt as $prompt', ({ prompt, read }) => {
    expect(completion({ prompt }).prompt).toEqual(read);
  });

  it.each([
    { prompt: ['a', 'b'], says: /not several/ },
    { prompt: [[1], [2]], says: /not several/ },
    { prompt: [256], says: /no token 256; the model has 256/ },
    { prompt: [-1], says: /token ids/ },
    { prompt: [1.5], says: /token ids/ },
    { prompt: [1, 'a'], says: /token ids/ },
    { prompt: [[[1]]], says: /token ids/ },
    { prompt: undefined, says: /token ids/ },
    { prompt: { a: 1 }, says: /token ids/ },
  ])('is refused with the prompt $prompt', ({ prompt, says }) => {
    expect(() => completion({ prompt })).toThrow(says);
  });

  it('asks for 16 tokens unless told otherwise, as OpenAI does', () => {
    expect(completion({}).maxTokens).toBe(16);
    expect(completion({ max_tokens: 3, stop: 'x' })).toMatchObject({ maxTokens: 3, stop: ['x'] });
  });
});

import { describe, expect, it } from 'vitest';
import { UserError } from '../../../scripts/command-line/errors.ts';
import type { ChatTemplate } from '../../../scripts/models/chat-template/chat-template.ts';
import { chatPrompt, readChatRequest, readCompletionRequest } from '../../../scripts/serve/prompt-requests.ts';

const template: ChatTemplate = async (messages) => ({
  text: messages.map(({ role, content }) => `<${role}>${content}`).join(''),
  durationNs: 0,
});
const user = { role: 'user', content: 'hi' };
const body = (change: object) => ({ model: 'm', messages: [user], ...change });
const chat = (change: object) => readChatRequest(body(change), 0);
const facts = { vocabulary: 256, begin: (text: string) => `^${text}` };
const completion = (change: object) => readCompletionRequest({ model: 'm', prompt: 'hi', ...change }, facts, 0);

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
    expect((await chatPrompt(body({ messages }), template, 0)).prompts).toEqual([
      { content: '<system>be brief<user>ab<assistant>c<user>hi', begun: false },
    ]);
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

  // Bodies as these clients send them, with their own defaults spelled out.
  it.each([
    {
      client: 'the official ones',
      change: {
        ...{ frequency_penalty: 0, presence_penalty: 0, n: 1, seed: 7, top_p: 0.9, logprobs: false, logit_bias: {} },
        ...{ store: false, metadata: { a: 'b' }, user: 'me', service_tier: 'auto', parallel_tool_calls: true },
        ...{
          max_completion_tokens: 50,
          response_format: { type: 'text' },
          modalities: ['text'],
          reasoning_effort: 'low',
        },
      },
      ignored: ['store', 'metadata', 'user', 'service_tier', 'parallel_tool_calls', 'reasoning_effort'],
    },
    {
      client: 'LangChain',
      change: {
        temperature: 0.7,
        n: 1,
        stream: true,
        stream_options: { include_usage: true },
        stop: null,
        max_tokens: -1,
      },
      ignored: [],
    },
    {
      client: 'llama-index',
      change: { temperature: 0.1, max_tokens: 256, tools: [], tool_choice: 'auto' },
      ignored: [],
    },
    {
      client: 'Open WebUI',
      change: {
        ...{ stream: true, chat_id: '1', session_id: '2', id: '3', background_tasks: { title: true }, features: {} },
        ...{ messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }] },
      },
      ignored: ['chat_id', 'session_id', 'id', 'background_tasks', 'features'],
    },
    {
      client: 'aider',
      change: { temperature: 0, stream: true, extra_headers: { a: 'b' } },
      ignored: ['extra_headers'],
    },
    {
      client: 'Continue',
      change: {
        stop: ['<a>', '<b>', '<c>', '<d>', '<e>', '<f>'],
        max_tokens: 2048,
        top_p: 1,
        prediction: { type: 'content' },
      },
      ignored: ['prediction'],
    },
    {
      client: "llama-server's page",
      change: {
        ...{
          n_predict: -1,
          seed: -1,
          cache_prompt: true,
          samplers: 'edkypmxt',
          temperature: 0,
          top_k: 40,
          min_p: 0.05,
        },
        ...{
          repeat_penalty: 1,
          presence_penalty: 0,
          dry_multiplier: 0,
          timings_per_token: true,
          return_progress: true,
        },
      },
      ignored: ['cache_prompt', 'samplers', 'top_k', 'min_p', 'dry_multiplier', 'timings_per_token', 'return_progress'],
    },
    {
      client: 'GuideLLM',
      change: {
        ...{ max_completion_tokens: 16, stop: null, ignore_eos: true, stream: true },
        stream_options: { include_usage: true, continuous_usage_stats: true },
      },
      ignored: [],
    },
    {
      client: 'llama-benchy',
      change: { max_tokens: 16, min_tokens: 16, ignore_eos: true, return_token_ids: true, cache_prompt: false },
      ignored: ['cache_prompt'],
    },
    { client: 'Ollama', change: { keep_alive: '5m', think: false, options: {} }, ignored: ['keep_alive', 'think'] },
  ])('of $client is taken, and what is not read is named', ({ change, ignored }) => {
    expect(chat(change).ignored).toEqual(ignored);
  });

  it('names no more than twenty fields, and none that a header cannot hold', () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`x_${i}`, 1]));
    const { ignored } = chat({ 'a\r\nset-cookie: b': 1, ['long'.repeat(50)]: 1, ...many });
    expect(ignored).toEqual(Array.from({ length: 20 }, (_, i) => `x_${i}`));
  });

  it('reads the names that llama-server has for the same, and minus one as any', () => {
    expect(chat({ n_predict: 9, seed: -1 })).toMatchObject({ maxTokens: 9, seed: undefined });
    expect(chat({ n_predict: -1, max_tokens: -1 })).toMatchObject({ maxTokens: undefined });
    expect(chat({ top_p: 0.9 })).toMatchObject({ topP: 0.9 });
  });

  it('takes an answer without content into the conversation, as a call of a tool leaves it', () => {
    const assistant = { role: 'assistant', content: null };
    expect(chat({ messages: [user, assistant, user] }).messages).toEqual([user, { ...assistant, content: '' }, user]);
  });

  it.each([
    { change: { n: 2 }, param: 'n' },
    { change: { top_k: 40, temperature: 1 }, param: 'top_k' },
    { change: { min_p: 0.05, temperature: 0.7 }, param: 'min_p' },
    { change: { repetition_penalty: 1.1 }, param: 'repetition_penalty' },
    { change: { guided_json: { type: 'object' } }, param: 'guided_json' },
    { change: { grammar: 'root ::= "a"' }, param: 'grammar' },
    { change: { logit_bias: { 50256: -100 } }, param: 'logit_bias' },
    { change: { options: { temperature: 1 } }, param: 'options' },
    { change: { chat_template_kwargs: { enable_thinking: false } }, param: 'chat_template_kwargs' },
    { change: { response_format: { type: 'json_schema', json_schema: {} } }, param: 'response_format' },
    { change: { tools: [{ type: 'function' }] }, param: 'tools' },
    { change: { response_format: { type: 'json_object' } }, param: 'response_format' },
    { change: { prompt_logprobs: 1 }, param: 'prompt_logprobs' },
    { change: { echo: true }, param: 'echo' },
    { change: { presence_penalty: 0.5 }, param: 'presence_penalty' },
    { change: { min_tokens: 8 }, param: 'min_tokens' },
    { change: { min_tokens: 8, ignore_eos: true, stop: ['.'] }, param: 'min_tokens' },
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
    { change: { max_completion_tokens: -2 }, param: 'max_completion_tokens' },
    { change: { logprobs: 1 }, param: 'logprobs' },
    { change: { top_logprobs: 3 }, param: 'top_logprobs' },
    { change: { logprobs: true, top_logprobs: 21 }, param: 'top_logprobs' },
    { change: { top_p: 1.5 }, param: 'top_p' },
    { change: { messages: [{ role: 'user', content: null }] }, param: 'messages[0].content' },
    {
      change: { messages: [user, { role: 'assistant', content: null, tool_calls: [{ id: '1' }] }] },
      param: 'messages[1].tool_calls',
    },
    { change: { max_tokens: '9' }, param: 'max_tokens' },
    { change: { temperature: 3 }, param: 'temperature' },
    { change: { stop: Array(17).fill('a') }, param: 'stop' },
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
    await expect(chatPrompt(body({ messages: [user, user] }), strict, 0)).rejects.toThrow(
      expect.objectContaining({ status: 400, message: 'roles must alternate' }),
    );
  });

  it.each([null, [], 'text', 7])('is refused when its body is %j', (body) => {
    expect(() => readChatRequest(body, 0)).toThrow(expect.objectContaining({ status: 400 }));
  });
});

describe('a completion request', () => {
  it.each([
    { prompt: 'hi', read: ['^hi'] },
    { prompt: ['hi'], read: ['^hi'] },
    { prompt: ['hi', 'ho'], read: ['^hi', '^ho'] },
    { prompt: [1, 255], read: [[1, 255]] },
    { prompt: [[1, 2]], read: [[1, 2]] },
    { prompt: [[1, 2], [3]], read: [[1, 2], [3]] },
  ])('takes prompts as $prompt', ({ prompt, read }) => {
    expect(completion({ prompt }).prompts).toEqual(
      read.map((content) => ({ content, begun: typeof content === 'string' })),
    );
  });

  it('asks for probabilities by the number of alternatives, and 0 asks for them too', () => {
    expect(completion({})).toMatchObject({ alternatives: undefined, echo: false });
    expect(completion({ logprobs: 0, echo: true, max_tokens: 0 })).toMatchObject({
      alternatives: 0,
      echo: true,
      maxTokens: 0,
    });
    expect(completion({ logprobs: 5 }).alternatives).toBe(5);
    expect(completion({ logprobs: false }).alternatives).toBeUndefined();
    expect(completion({ logprobs: null }).alternatives).toBeUndefined();
  });

  it.each([
    { change: { logprobs: true }, param: 'logprobs' },
    { change: { logprobs: 21 }, param: 'logprobs' },
    { change: { logprobs: -1 }, param: 'logprobs' },
    { change: { top_logprobs: 2 }, param: 'top_logprobs' },
    { change: { echo: 'yes' }, param: 'echo' },
    { change: { max_tokens: 0 }, param: 'max_tokens' },
    { change: { max_tokens: -2, echo: true }, param: 'max_tokens' },
    { change: { prompt: Array(257).fill('a') }, param: 'prompt' },
    { change: { prompt: [[1], [300]] }, param: 'prompt[1]' },
  ])('is refused with $change, and the field is named', ({ change, param }) => {
    expect(() => completion(change)).toThrow(
      expect.objectContaining({ status: 400, body: { error: expect.objectContaining({ param }) } }),
    );
  });

  it.each([
    { prompt: ['a', [1.5]], says: /"prompt\[1\]": expected text or a list of token ids/ },
    { prompt: ['a', 7], says: /"prompt\[1\]"/ },
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

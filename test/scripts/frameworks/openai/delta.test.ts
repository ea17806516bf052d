import { describe, expect, it } from 'vitest';
import { readDelta } from '../../../../scripts/frameworks/openai/delta.ts';

const nothing = { text: '', finishReason: null, usage: null, ids: null };

describe('an event', () => {
  it.each([
    { of: 'a chat', event: { choices: [{ delta: { content: 'hi' } }] }, delta: { text: 'hi' } },
    { of: 'a completion', event: { choices: [{ text: 'hi' }] }, delta: { text: 'hi' } },
    { of: 'reasoning', event: { choices: [{ delta: { reasoning_content: 'hm' } }] }, delta: { text: 'hm' } },
    { of: 'reasoning, named otherwise', event: { choices: [{ delta: { reasoning: 'hm' } }] }, delta: { text: 'hm' } },
    { of: 'both', event: { choices: [{ delta: { reasoning: 'hm', content: 'hi' } }] }, delta: { text: 'hmhi' } },
    { of: 'a role', event: { choices: [{ delta: { role: 'assistant', content: '' } }] }, delta: {} },
    { of: 'a role with null', event: { choices: [{ delta: { role: 'assistant', content: null } }] }, delta: {} },
    { of: 'the end', event: { choices: [{ delta: {}, finish_reason: 'stop' }] }, delta: { finishReason: 'stop' } },
    { of: 'token ids', event: { choices: [{ text: 'hi', token_ids: [1, 2] }] }, delta: { text: 'hi', ids: [1, 2] } },
    {
      of: 'usage',
      event: { choices: [], usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 } },
      delta: { usage: { promptTokens: 3, tokens: 5, cachedPromptTokens: 0 } },
    },
    {
      of: 'usage with a cache, without choices',
      event: { usage: { prompt_tokens: 3, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 2 } } },
      delta: { usage: { promptTokens: 3, tokens: 5, cachedPromptTokens: 2 } },
    },
    { of: 'usage that is not yet known', event: { choices: [{ text: 'a' }], usage: null }, delta: { text: 'a' } },
  ])('of $of is read', ({ event, delta }) => {
    expect(readDelta(JSON.stringify(event))).toEqual({ ...nothing, ...delta });
  });

  it.each([
    { data: '{"error": {"message": "too hot"}}', kind: 'broken_stream', says: /too hot/ },
    { data: '{"error": "too hot"}', kind: 'broken_stream', says: /too hot/ },
    { data: 'not JSON', kind: 'rubbish', says: /not JSON/ },
    { data: '{"choices": 7}', kind: 'rubbish', says: /not of OpenAI's form/ },
  ])('that says $data is a failure', ({ data, kind, says }) => {
    expect(() => readDelta(data)).toThrow(expect.objectContaining({ kind, message: expect.stringMatching(says) }));
  });
});

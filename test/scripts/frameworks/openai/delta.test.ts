import { describe, expect, it } from 'vitest';
import { readDelta } from '../../../../scripts/frameworks/openai/delta.ts';

const nothing = { text: '', reasons: false, finishReason: null, usage: null, ids: null };
const counted = { promptTokens: 3, tokens: 5, cachedPromptTokens: null, reasoningTokens: null };

describe('an event', () => {
  it.each([
    { of: 'a chat', event: { choices: [{ delta: { content: 'hi' } }] }, delta: { text: 'hi' } },
    { of: 'a completion', event: { choices: [{ text: 'hi' }] }, delta: { text: 'hi' } },
    {
      of: 'reasoning',
      event: { choices: [{ delta: { reasoning_content: 'hm' } }] },
      delta: { text: 'hm', reasons: true },
    },
    {
      of: 'reasoning, named otherwise',
      event: { choices: [{ delta: { reasoning: 'hm' } }] },
      delta: { text: 'hm', reasons: true },
    },
    {
      of: 'both',
      event: { choices: [{ delta: { reasoning: 'hm', content: 'hi' } }] },
      delta: { text: 'hmhi', reasons: true },
    },
    { of: 'a role', event: { choices: [{ delta: { role: 'assistant', content: '' } }] }, delta: {} },
    { of: 'a role with null', event: { choices: [{ delta: { role: 'assistant', content: null } }] }, delta: {} },
    { of: 'the end', event: { choices: [{ delta: {}, finish_reason: 'stop' }] }, delta: { finishReason: 'stop' } },
    { of: 'token ids', event: { choices: [{ text: 'hi', token_ids: [1, 2] }] }, delta: { text: 'hi', ids: [1, 2] } },
    {
      of: 'usage',
      event: { choices: [], usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 } },
      delta: { usage: counted },
    },
    {
      of: 'usage with a cache, without choices',
      event: { usage: { prompt_tokens: 3, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 2 } } },
      delta: { usage: { ...counted, cachedPromptTokens: 2 } },
    },
    { of: 'usage that is not yet known', event: { choices: [{ text: 'a' }], usage: null }, delta: { text: 'a' } },
    {
      of: 'text under two names',
      event: { choices: [{ text: 'hi', delta: { content: 'hi' } }] },
      delta: { text: 'hi' },
    },
    {
      of: 'reasoning under two names',
      event: { choices: [{ delta: { reasoning: 'hm', reasoning_content: 'hm', content: '' } }] },
      delta: { text: 'hm', reasons: true },
    },
    {
      of: 'reasoning beside an empty name',
      event: { choices: [{ delta: { reasoning_content: '', reasoning: 'hm' } }] },
      delta: { text: 'hm', reasons: true },
    },
    {
      of: 'text beside an empty delta',
      event: { choices: [{ text: 'hi', delta: { content: null } }] },
      delta: { text: 'hi' },
    },
    { of: 'a refusal', event: { choices: [{ delta: { refusal: 'no' } }] }, delta: { text: 'no' } },
    {
      of: 'a tool call',
      event: { choices: [{ delta: { tool_calls: [{ function: { arguments: '{' } }] } }] },
      delta: {},
    },
    {
      of: 'another answer than the one asked for',
      event: { choices: [{ index: 1, delta: { content: 'no' }, finish_reason: 'stop' }] },
      delta: {},
    },
    {
      of: 'several answers',
      event: {
        choices: [
          { index: 1, text: 'no' },
          { index: 0, text: 'yes' },
        ],
      },
      delta: { text: 'yes' },
    },
    { of: 'an end that is not yet told', event: { choices: [{ text: 'a', finish_reason: '' }] }, delta: { text: 'a' } },
    {
      of: 'usage without a prompt',
      event: { usage: { completion_tokens: 5 } },
      delta: { usage: { ...counted, promptTokens: null } },
    },
    {
      of: 'usage without an answer',
      event: { usage: { prompt_tokens: 3 } },
      delta: { usage: { ...counted, tokens: null } },
    },
    { of: 'usage of null', event: { usage: { prompt_tokens: null, completion_tokens: null } }, delta: {} },
    {
      of: 'usage below nothing',
      event: { usage: { prompt_tokens: 3, completion_tokens: -1 } },
      delta: { usage: { ...counted, tokens: null } },
    },
    { of: 'usage in fractions', event: { usage: { prompt_tokens: 3.5, completion_tokens: '5' } }, delta: {} },
    {
      of: 'a cache larger than the prompt',
      event: { usage: { prompt_tokens: 3, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 4 } } },
      delta: { usage: counted },
    },
    {
      of: 'reasoning that is counted',
      event: { usage: { prompt_tokens: 3, completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 4 } } },
      delta: { usage: { ...counted, reasoningTokens: 4 } },
    },
    { of: 'a filter before the answer (Azure)', event: { choices: [], prompt_filter_results: [] }, delta: {} },
    { of: 'a sign of life', event: { type: 'ping' }, delta: {} },
  ])('of $of is read', ({ event, delta }) => {
    expect(readDelta(JSON.stringify(event))).toEqual({ ...nothing, ...delta });
  });

  it.each([
    { data: '{"error": {"message": "too hot"}}', kind: 'broken_stream', says: /too hot/ },
    { data: '{"error": "too hot"}', kind: 'broken_stream', says: /too hot/ },
    { data: '{"object": "error", "message": "too hot"}', kind: 'broken_stream', says: /too hot/ },
    { data: '{"type": "error", "message": "too hot"}', kind: 'broken_stream', says: /too hot/ },
    { data: '{"detail": "too hot"}', kind: 'broken_stream', says: /too hot/ },
    { data: '{"error": {"message": "too hot"}, "message": "too hot"}', kind: 'broken_stream', says: /too hot/ },
    { data: '{"error": "too hot", "error_type": "generation"}', kind: 'broken_stream', says: /too hot/ },
    { data: '{"choices": [{"index": 0, "error": {"message": "too hot"}}]}', kind: 'broken_stream', says: /too hot/ },
    { data: 'not JSON', kind: 'rubbish', says: /not JSON/ },
    { data: '{"choices": 7}', kind: 'rubbish', says: /not of OpenAI's form/ },
  ])('that says $data is a failure', ({ data, kind, says }) => {
    expect(() => readDelta(data)).toThrow(expect.objectContaining({ kind, message: expect.stringMatching(says) }));
  });
});

/** What servers send, in the shapes that they really have: what is an answer, what is none, and when it has ended. */
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { RequestFailure } from '../../../../scripts/frameworks/framework.ts';
import { answerMetrics } from '../../../../scripts/results/figures/metrics.ts';
import { runWarnings } from '../../../../scripts/run/run-warnings.ts';
import { failedRequests, requestFigures } from '../../../../scripts/workloads/load/figures.ts';
import { questions as questionsWorkload } from '../../../../scripts/workloads/questions/workload.ts';
import { answeringServer, beginStream, chunk, eventsText, finish, usage } from '../../../fakes/answering-server.ts';
import { answerOf, endOfSequence, loadOf, servedEngine } from './served-answers.ts';

/** The answer to the text of a whole body. @param chunks of bytes, each written by itself */
async function answerTo(chunks: ReadonlyArray<string | Buffer>) {
  const { url } = await answeringServer(async (response) => {
    beginStream(response);
    for (const bytes of chunks) {
      response.write(bytes);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    response.end();
  });
  return answerOf(await servedEngine(url), 8);
}

const done = eventsText('[DONE]');
const hello = eventsText(chunk('h'), chunk('i'));
const failing = (kind: string, message: RegExp) =>
  expect.objectContaining({ kind, message: expect.stringMatching(message) });

describe('a whole answer', () => {
  it.each([
    { how: 'as OpenAI ends it', body: hello + eventsText(finish('stop'), usage(5, 2)) + done },
    { how: 'with a role first', body: eventsText(finish(null, { role: 'assistant', content: '' })) + hello + done },
    { how: 'without the mark', body: hello + eventsText(finish('stop')) },
    { how: 'with a blank mark', body: hello + eventsText(finish('stop'), '') },
    { how: 'with a mark that nothing terminates', body: `${hello}${eventsText(finish('stop'))}data: [DONE]` },
    { how: 'with a mark and one end of line', body: `${hello}${eventsText(finish('stop'))}data: [DONE]\n` },
    { how: 'with an end that nothing terminates', body: `${hello}data: ${JSON.stringify(finish('stop'))}` },
    { how: 'with half an event of counts', body: `${hello}${eventsText(finish('stop'))}data: {"choices": [], "usa` },
    { how: 'with a mark and no finish_reason (vllm-mlx)', body: hello + done },
    {
      how: 'with empty finish_reasons (Ollama of 2024)',
      body: eventsText(finish('', { content: 'hi' }), finish('stop')),
    },
    {
      how: 'with a "stop" where the reasoning stops',
      body: eventsText(finish('stop', { reasoning: 'h' }), chunk('i')) + done,
    },
    { how: 'with carriage returns', body: (hello + eventsText(finish('stop')) + done).replaceAll('\n', '\r\n') },
    {
      how: 'with comments between',
      body: `: ping\n\n${hello}: OPENROUTER PROCESSING\n\n${eventsText(finish('stop'))}`,
    },
    { how: 'with names of events', body: `event: message\n${hello}event: ping\ndata: {"type": "ping"}\n\n${done}` },
    {
      how: 'with data on several lines',
      body: `data: {"choices": [\ndata: {"delta": {"content": "hi"}}]}\n\n${eventsText(finish('stop'))}`,
    },
    { how: 'with another answer beside it', body: hello + eventsText({ choices: [{ index: 1, text: 'no' }] }) + done },
    { how: 'with more behind the mark', body: hello + done + eventsText(chunk('!')) },
  ])('$how is one', async ({ body }) => {
    const { answer } = await answerTo([body]);
    expect(answer).toMatchObject({ text: 'hi', tokens: 2, stop: 'end' });
  });

  it('is the same in whatever pieces it comes, in the middle of a character too', async () => {
    const bytes = Buffer.from(eventsText(chunk('Zü'), chunk('🙂')) + done);
    const places = [7, bytes.indexOf(0xc3) + 1, bytes.indexOf(0xf0) + 2];
    const cuts = [0, ...places, bytes.length];
    const { answer } = await answerTo(cuts.slice(1).map((cut, i) => bytes.subarray(cuts[i], cut)));
    expect(answer).toMatchObject({ text: 'Zü🙂', tokens: 3 });
  });

  it.each([
    { reason: 'length', stop: 'length' },
    { reason: 'eos_token', stop: 'end' },
    { reason: 'stop_sequence', stop: 'end' },
    { reason: 'MAX_TOKENS', stop: 'length' },
  ])('that ended with $reason stopped by $stop', async ({ reason, stop }) => {
    expect((await answerTo([hello + eventsText(finish(reason)) + done])).answer.stop).toBe(stop);
  });

  it.each([
    { told: { prompt_tokens: 5, completion_tokens: 2 }, served: { promptTokens: 5, tokens: 2 } },
    { told: { prompt_tokens: 5 }, served: { promptTokens: 5, tokens: null } },
    { told: { prompt_tokens: 5, completion_tokens: null }, served: { promptTokens: 5, tokens: null } },
    { told: { prompt_tokens: 5, completion_tokens: -1 }, served: { promptTokens: 5, tokens: null } },
    { told: { prompt_tokens: 5, completion_tokens: 0 }, served: { promptTokens: 5, tokens: null } },
    { told: {}, served: { promptTokens: null, tokens: null } },
  ])('with the usage $told has what is a count of it', async ({ told, served }) => {
    const { answer } = await answerTo([hello + eventsText(finish('stop'), { choices: [], usage: told }) + done]);
    expect(answer).toMatchObject({ tokens: 2, served });
  });

  it('has no tokens of a reasoning that was counted and kept back', async () => {
    const told = { prompt_tokens: 5, completion_tokens: 102, completion_tokens_details: { reasoning_tokens: 100 } };
    const { answer } = await answerTo([hello + eventsText(finish('stop'), { choices: [], usage: told }) + done]);
    expect(answer).toMatchObject({ tokens: 2, served: { tokens: 2 } });
  });

  it('has as many tokens as ids are told, without the one that ended it (vLLM)', async () => {
    const ids = [104, 105, endOfSequence];
    const told = { choices: [{ index: 0, text: 'hi', token_ids: ids.slice(0, 2) }] };
    const end = { choices: [{ index: 0, text: '', token_ids: ids.slice(2), finish_reason: 'stop' }] };
    const { answer, tokens } = await answerTo([eventsText(told, end, usage(5, 3)) + done]);
    expect(answer).toMatchObject({ text: 'hi', tokens: 2 });
    expect(tokens.map(({ id }) => id)).toEqual([104, 105]);
  });

  it('may be empty, and has no figure then', async () => {
    const { answer, tokens } = await answerTo([eventsText(finish('stop'), usage(5, 1)) + done]);
    expect(answer).toMatchObject({ text: '', tokens: 0, stop: 'end' });
    expect(answer.firstTokenNs).toBeUndefined();
    expect(tokens).toEqual([]);
  });
});

describe('no answer', () => {
  it.each([
    { is: 'an error object', body: eventsText({ error: { message: 'too hot' } }) + done, says: /too hot/ },
    { is: 'a flat error', body: eventsText({ error: 'too hot' }) + done, says: /too hot/ },
    {
      is: 'an error in the middle',
      body: hello + eventsText({ error: { message: 'too hot' } }) + done,
      says: /too hot/,
    },
    { is: 'the object "error"', body: eventsText({ object: 'error', message: 'too hot' }) + done, says: /too hot/ },
    { is: 'an event "error"', body: `${hello}event: error\ndata: too hot\n\n${done}`, says: /too hot/ },
    { is: 'a field "error" (llama-server)', body: `error: {"code": 500, "message": "too hot"}\n\n`, says: /too hot/ },
    { is: 'a bare error (Ollama)', body: `${hello}{"error": "too hot"}\n`, says: /too hot/ },
    { is: 'an unterminated error', body: `${hello}data: {"error": "too hot"}`, says: /too hot/ },
    { is: 'nothing but the mark', body: done, says: /without text and without a finish_reason/ },
    { is: 'a role and the mark', body: eventsText(finish(null, { role: 'assistant' })) + done, says: /without text/ },
    { is: 'text without an end', body: hello, says: /ended before its end/ },
    { is: 'text and half an event', body: `${hello}data: {"choices": [{"delta"`, says: /ended before its end/ },
    { is: 'nothing', body: '', says: /ended before its end/ },
  ])('is $is', async ({ body, says }) => {
    await expect(answerTo([body])).rejects.toEqual(failing('broken_stream', says));
  });

  it.each(['abort', 'error', 'cancelled', 'content_filter', 'whatever_comes_next'])(
    'is what ended with finish_reason %s',
    async (reason) => {
      const body = hello + eventsText(finish(reason), usage(5, 2)) + done;
      await expect(answerTo([body])).rejects.toEqual(failing('aborted', new RegExp(`"${reason}"`)));
    },
  );

  it.each([
    {
      what: 'a call of a tool',
      events: [finish(null, { tool_calls: [{ index: 0 }] }), finish('tool_calls'), usage(5, 7)],
    },
    { what: 'a call of a tool that nobody counts', events: [finish(null, { tool_calls: [{}] }), finish('tool_calls')] },
    { what: 'a hidden reasoning', events: [finish('length'), usage(5, 64)] },
  ])('is $what: its tokens came at no instant', async ({ events }) => {
    await expect(answerTo([eventsText(...events) + done])).rejects.toEqual(failing('no_text', /without text/));
  });

  const replies: Array<{ what: string; reply: (response: ServerResponse) => void; kind: string; says: RegExp }> = [
    {
      what: 'an error with the status of success',
      reply: (response) => response.end('{"error": {"message": "slow down", "code": 429}}'),
      kind: 'rate_limited',
      says: /200 with an error: slow down/,
    },
    {
      what: 'a flat error with the status of success',
      reply: (response) => response.end('{"error": "model not loaded"}'),
      kind: 'server_error',
      says: /model not loaded/,
    },
    {
      what: 'a completion that is no stream',
      reply: (response) => response.end('{"choices": [{"text": "hi"}]}'),
      kind: 'rubbish',
      says: /does not stream/,
    },
    {
      what: 'a page',
      reply: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>'),
      kind: 'rubbish',
      says: /does not stream: <html>/,
    },
    {
      what: 'a page of an error',
      reply: (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad gateway</html>'),
      kind: 'server_error',
      says: /answered 502: <html>Bad gateway/,
    },
    ...['gzip', 'br'].map((encoding) => ({
      what: `text in the encoding ${encoding}`,
      reply: (response: ServerResponse) =>
        response
          .writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': encoding })
          .end(gzipSync(hello + done)),
      kind: 'rubbish',
      says: new RegExp(`in the encoding "${encoding}", which was not asked for; turn compression off`),
    })),
  ];
  it.each(replies)('is $what', async ({ reply, kind, says }) => {
    const { url } = await answeringServer(reply);
    await expect(answerOf(await servedEngine(url))).rejects.toEqual(failing(kind, says));
  });
});

describe('text that was held back', () => {
  const letters = (count: number) => Array.from({ length: count }, (_, i) => chunk(String.fromCharCode(97 + (i % 26))));
  const ended = eventsText(finish('length'), usage(5, 64)) + done;

  it.each([
    { how: 'two writes', writes: [eventsText(...letters(32)), eventsText(...letters(32)) + ended] },
    { how: 'one write', writes: [eventsText(...letters(64)) + ended] },
    { how: 'two events', writes: [eventsText(chunk('a'.repeat(32))), eventsText(chunk('b'.repeat(32))) + ended] },
  ])('in $how has a time to first token, and neither a time per token nor a rate', async ({ writes }) => {
    const { url } = await answeringServer(async (response) => {
      beginStream(response);
      await new Promise((resolve) => setTimeout(resolve, 100));
      for (const bytes of writes) {
        response.write(bytes);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      response.end();
    });
    const engine = await servedEngine(url);
    const { answer, tokens } = await answerOf(engine);
    expect(answer.tokens).toBe(64);
    expect(answer.arrivals).toBeLessThanOrEqual(writes.length);
    expect(answerMetrics(answer).ttftMs).toBeGreaterThan(100);
    expect(answerMetrics(answer)).toMatchObject({ tpotMs: null, decodeTokensPerSecond: null });
    expect(runWarnings([...tokens, answer], questionsWorkload).map(({ code }) => code)).toContain('held_back');
    const { stage, requests } = await loadOf(engine, 0.3);
    expect(stage).toMatchObject({ completed: requests.length, tpotMs: { count: 0 }, piecesAreTokens: false });
    for (const { tokens: count } of requests) expect(count).toBe(64);
  });

  it('at first only counts from there: (n - k) / (tn - t1)', async () => {
    const { url } = await answeringServer(async (response) => {
      beginStream(response);
      response.write(eventsText(...letters(8)));
      for (const event of letters(8)) {
        await new Promise((resolve) => setTimeout(resolve, 40));
        response.write(eventsText(event));
      }
      response.end(eventsText(finish('length')) + done);
    });
    const engine = await servedEngine(url);
    const { answer } = await answerOf(engine);
    expect(answer).toMatchObject({ tokens: 16, firstArrivalTokens: 8, arrivals: 9 });
    // 40 ms for each token behind the first arrival; (n - 1) would make it 21 ms.
    expect(answerMetrics(answer).tpotMs).toBeGreaterThan(39);
    const { requests } = await loadOf(engine, 0.1);
    expect(requests[0]).toMatchObject({ tokens: 16, firstArrivalTokens: 8, arrivals: 9 });
    for (const request of requests) expect(requestFigures(request).tpotMs).toBeGreaterThan(39);
  });
});

describe('under load', () => {
  it.each([
    { what: 'errors', body: eventsText({ error: 'too hot' }) + done, kind: 'broken_stream' },
    { what: 'streams of nothing', body: done, kind: 'broken_stream' },
    { what: 'aborted answers', body: hello + eventsText(finish('abort')) + done, kind: 'aborted' },
    { what: 'calls of tools', body: eventsText(finish('tool_calls'), usage(5, 7)) + done, kind: 'no_text' },
  ])('$what are failures of their kind, and none is completed', async ({ body, kind }) => {
    const { url } = await answeringServer((response) => {
      beginStream(response);
      response.end(body);
    });
    const { requests, stage } = await loadOf(await servedEngine(url), 0.3);
    expect(stage).toMatchObject({ completed: 0, failures: { [kind]: requests.length }, goodput: { share: 0 } });
    expect(failedRequests(stage)).toBeGreaterThan(0);
    expect(stage.ttftMs.count).toBe(0);
  });

  it.each([
    { last: 'the mark', body: hello + eventsText(finish('stop'), usage(5, 2)) + done },
    { last: 'the counts', body: hello + eventsText(finish('stop'), usage(5, 2)), silence: 1000 },
    { last: 'the finish_reason', body: hello + eventsText(finish('stop')), silence: 1000 },
  ])('an answer ends with $last, and not when the server closes two seconds later', async ({ body, silence = 0 }) => {
    const { url } = await answeringServer((response) => {
      beginStream(response);
      response.write(body);
      setTimeout(() => response.end(), 2000).unref();
    });
    const engine = await servedEngine(url);
    // What comes last is found out once.
    const before = performance.now();
    await answerOf(engine);
    expect(performance.now() - before).toBeGreaterThanOrEqual(silence);
    const { requests, stage } = await loadOf(engine, 0.5);
    expect(stage.completed).toBe(requests.length);
    expect(stage.requestsPerSecond).toBeGreaterThan(8);
    for (const { tokens } of requests) expect(tokens).toBe(2);
  });

  it('connections are used again where the server ends its responses', async () => {
    const { url, connections } = await answeringServer((response) => {
      beginStream(response);
      response.end(hello + eventsText(finish('stop')) + done);
    });
    const { requests } = await loadOf(await servedEngine(url), 0.3);
    expect(requests.length).toBeGreaterThan(5);
    expect(connections()).toBeLessThanOrEqual(3);
  });
});

describe('a server', () => {
  const answer = (response: ServerResponse) => {
    beginStream(response);
    response.end(hello + done);
  };

  it.each([404, 401, 500])('whose list of models answers %i serves a model that is named', async (models) => {
    const { url } = await answeringServer(answer, { models });
    await expect(servedEngine(url)).rejects.toBeInstanceOf(RequestFailure);
    const engine = await servedEngine(url, { TOKENLAP_OPENAI_MODEL: 'paper' });
    expect((await answerOf(engine)).answer.text).toBe('hi');
  });

  it('that answers its trial with an error is told at load, also with the status of success', async () => {
    const trial = (response: ServerResponse) => response.end('{"error": "no such model"}');
    const { url } = await answeringServer(answer, { trial });
    await expect(servedEngine(url)).rejects.toThrow(/no such model/);
  });

  it('that answers token ids with no completion is given messages', async () => {
    const trial = (response: ServerResponse, body: unknown) => {
      const isChat = typeof body === 'object' && body !== null && 'messages' in body;
      response.end(isChat ? '{"choices": [{"message": {"content": "a"}}]}' : '{"status": "ok"}');
    };
    const { url } = await answeringServer(answer, { trial });
    const engine = await servedEngine(url, { TOKENLAP_OPENAI_PROMPT_AS: 'auto' });
    expect((await answerOf(engine)).answer.text).toBe('hi');
  });
});

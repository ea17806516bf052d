/** What nobody should send, in bounded numbers and on this machine only; after each of it the endpoint must still answer. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Endpoint } from '../../../scripts/serve/endpoint.ts';
import { seededRandom } from '../../../scripts/statistics/seeded-random.ts';
import { metric, post, question, scriptedEndpoint, until } from './scripted-endpoint.ts';

const chat = '/chat/completions';

async function expectAnswers(endpoint: Endpoint): Promise<void> {
  const response = await post(endpoint, chat, question('ab'));
  expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'ba' } }] });
}

function socketTo(endpoint: Endpoint): Socket {
  const { port, hostname } = new URL(endpoint.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** What comes back for raw bytes until the endpoint hangs up. */
async function sendRaw(endpoint: Endpoint, ...parts: Array<string | Buffer>): Promise<string> {
  const socket = socketTo(endpoint);
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString();
  });
  for (const part of parts) socket.write(part);
  await Promise.race([once(socket, 'close'), sleep(10_000)]);
  return received;
}

const head = (more: string) => `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n${more}\r\n\r\n`;
const json = 'Content-Type: application/json';

describe('a body', () => {
  it.each([
    { name: 'invalid JSON', body: '{"model": "paper", ', status: 400, says: /JSON/ },
    { name: 'nothing', body: '', status: 400, says: /empty/ },
    { name: 'broken UTF-8', body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), status: 400, says: /UTF-8/ },
    { name: 'a cut character', body: Buffer.from([0x22, 0xe6, 0x9d]), status: 400, says: /UTF-8/ },
    { name: 'a poisoned prototype', body: '{"__proto__": {"model": "paper"}}', status: 400, says: /JSON/ },
    { name: 'brackets without end', body: '['.repeat(60_000), status: 400, says: /nested deeper/ },
    { name: 'deep brackets', body: `{"prompt": ${'['.repeat(30_000)}${']'.repeat(30_000)}}`, status: 400, says: /./ },
    {
      name: 'a deep bias of logits',
      body: `{"model": "paper", "messages": [], "logit_bias": ${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`,
      status: 400,
      says: /nested deeper than 128 levels/,
    },
    { name: 'too much', body: `{"model": "${'x'.repeat(70_000)}"}`, status: 413, says: /too large/ },
    { name: 'a number', body: '1e400', status: 400, says: /JSON object/ },
    { name: 'an unknown encoding', body: '{}', type: 'application/xml', status: 415, says: /application\/json/ },
  ])('of $name gets $status', async ({ body, type, status, says }) => {
    const endpoint = await scriptedEndpoint();
    for (const path of [chat, '/completions']) {
      const headers = { 'content-type': type ?? 'application/json' };
      const response = await fetch(endpoint.url + path, { method: 'POST', headers, body });
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ error: { message: expect.stringMatching(says) } });
    }
    await expectAnswers(endpoint);
  });

  it('with characters that no text has is asked and answered', async () => {
    const endpoint = await scriptedEndpoint();
    for (const content of ['\ud800 alone', 'nul \u0000 inside', '\u202e<|im_start|>system', '\u{10ffff}']) {
      expect((await post(endpoint, chat, question(content))).status).toBe(200);
    }
  });
});

describe('a client', () => {
  it.each([
    { name: 'no HTTP at all', parts: ['\u0000\u0001\u0002 hello\r\n\r\n'], says: /^HTTP\/1.1 400/ },
    { name: 'a header without end', parts: [`GET / HTTP/1.1\r\nX: ${'x'.repeat(70_000)}`], says: /^HTTP\/1.1 431/ },
    { name: 'a negative length', parts: [head(`${json}\r\nContent-Length: -5`)], says: /^HTTP\/1.1 400/ },
    { name: 'two lengths', parts: [head('Content-Length: 5\r\nContent-Length: 6')], says: /^HTTP\/1.1 400/ },
    {
      name: 'a broken path',
      parts: ['GET /v1/models/%E0%A4%A HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
      says: /400/,
    },
    {
      name: 'a length that is a lie',
      parts: [head(`${json}\r\nContent-Length: 100`), '{"model"'],
      says: /^HTTP\/1.1 408/,
    },
    { name: 'half a request', parts: ['POST /v1/chat/comple'], says: /^HTTP\/1.1 408/ },
    {
      name: 'a body without end',
      parts: [head(`${json}\r\nTransfer-Encoding: chunked`), '5\r\n{"mod\r\n'],
      says: /^HTTP\/1.1 408/,
    },
    { name: 'nothing', parts: [], says: /^(HTTP\/1.1 408.*)?$/s },
  ])('that sends $name is told and cut off', async ({ parts, says }) => {
    const endpoint = await scriptedEndpoint('', { limits: { requestMs: 1000 } });
    expect(await sendRaw(endpoint, ...parts)).toMatch(says);
    await expectAnswers(endpoint);
  });
});

describe('many clients', () => {
  it('that connect and say nothing do not keep others out', async () => {
    const endpoint = await scriptedEndpoint('', { limits: { connections: 100, requestMs: 30_000 } });
    const idle: Socket[] = [];
    // In waves that the system's own queue of new connections has room for.
    while (idle.length < 2000) {
      const wave = Array.from({ length: 200 }, () => socketTo(endpoint).resume());
      await Promise.all(wave.map((socket) => once(socket, 'connect')));
      idle.push(...wave);
    }
    await until(() => idle.filter(({ destroyed }) => destroyed).length >= 1900);
    await expectAnswers(endpoint);
    expect(idle.filter(({ destroyed }) => !destroyed).length).toBeLessThanOrEqual(100);
  });

  it('that ask at once get an answer or 429, and nobody is forgotten', async () => {
    const endpoint = await scriptedEndpoint('ttft=20', { queueLimit: 20, limits: { connections: 1000 } });
    const statuses = await Promise.all(
      Array.from({ length: 300 }, async () => (await post(endpoint, chat, question('ab'))).status),
    );
    const count = (status: number) => statuses.filter((candidate) => candidate === status).length;
    expect(count(200)).toBeGreaterThanOrEqual(21);
    expect(count(200) + count(429)).toBe(300);
    await expectAnswers(endpoint);
  });

  it('that leave at any moment leave nothing behind', async () => {
    const endpoint = await scriptedEndpoint('ttft=5&gap=2', { queueLimit: 100, limits: { connections: 1000 } });
    const random = seededRandom(7);
    await Promise.all(
      Array.from({ length: 150 }, async (_, i) => {
        const leaving = new AbortController();
        setTimeout(() => leaving.abort(), random() * 400);
        const body = { ...question('abcdefgh'), stream: i % 2 === 0 };
        await post(endpoint, chat, body, { signal: leaving.signal })
          .then((response) => response.text())
          .catch(() => {});
      }),
    );
    await until(() => endpoint.service.pool.running === 0 && endpoint.service.pool.waiting === 0);
    await expectAnswers(endpoint);
    expect(await metric(endpoint, 'tokenlap_engine_restarts_total')).toBe(0);
  });

  it('that pipeline their requests get the answers in order', async () => {
    const endpoint = await scriptedEndpoint();
    const request = (text: string, close: boolean) => {
      const body = JSON.stringify({ model: 'paper', ...question(text) });
      return `${head(`${json}\r\nContent-Length: ${body.length}${close ? '\r\nConnection: close' : ''}`)}${body}`;
    };
    const received = await sendRaw(endpoint, request('ab', false) + request('cd', false) + request('ef', true));
    expect(received.match(/"content":"(..)"/g)).toEqual(['"content":"ba"', '"content":"dc"', '"content":"fe"']);
  });
});

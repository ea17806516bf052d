import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { postForEvents, requestJson } from '../../../../scripts/frameworks/openai/event-request.ts';

async function serverWith(listener: RequestListener): Promise<{ url: string; key: undefined }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, key: undefined };
}

async function eventsOf(listener: RequestListener, signal = new AbortController().signal): Promise<string[]> {
  const seen: string[] = [];
  const listening = {
    arrived: () => seen.push('arrived'),
    event(data: string) {
      seen.push(data);
      return 'open' as const;
    },
  };
  await postForEvents(await serverWith(listener), '/', {}, listening, signal);
  return seen;
}

const stream = { 'content-type': 'text/event-stream' };

describe('events', () => {
  it('are told after their arrival, whole, whatever pieces they come in', async () => {
    const bytes = Buffer.from(': comment\n\ndata: Zürich 🙂\r\n\r\ndata: b\n\ndata: [DONE]\n\n');
    const seen = await eventsOf((_, response) => {
      response.writeHead(200, stream);
      const sendFrom = (at: number): void => {
        if (at === bytes.length) return void response.end();
        response.write(bytes.subarray(at, at + 1));
        setImmediate(sendFrom, at + 1);
      };
      sendFrom(0);
    });
    expect(seen.filter((entry) => entry !== 'arrived')).toEqual(['Zürich 🙂', 'b']);
    expect(seen[0]).toBe('arrived');
  });

  it.each([
    {
      of: 'ends without its mark',
      listener: (_: unknown, response: Parameters<RequestListener>[1]) =>
        response.writeHead(200, stream).end('data: a\n\n'),
      kind: 'broken_stream',
    },
    {
      of: 'is cut off',
      listener: (_: unknown, response: Parameters<RequestListener>[1]) => {
        response.writeHead(200, stream).write('data: a\n\n');
        setTimeout(() => response.destroy(), 50);
      },
      kind: 'broken_stream',
    },
    {
      of: 'is none',
      listener: (_: unknown, response: Parameters<RequestListener>[1]) => response.end('{}'),
      kind: 'rubbish',
    },
    {
      of: 'is refused with 429',
      listener: (_: unknown, response: Parameters<RequestListener>[1]) =>
        response.writeHead(429).end('{"error": {"message": "slow down"}}'),
      kind: 'rate_limited',
    },
    {
      of: 'is refused with 503',
      listener: (_: unknown, response: Parameters<RequestListener>[1]) => response.writeHead(503).end('<html>no'),
      kind: 'server_error',
    },
    {
      of: 'is refused with 401',
      listener: (_: unknown, response: Parameters<RequestListener>[1]) => response.writeHead(401).end(),
      kind: 'client_error',
    },
    {
      of: 'is never begun',
      listener: (request: Parameters<RequestListener>[0]) => request.socket.destroy(),
      kind: 'connection',
    },
  ])('of a stream that $of are a failure: $kind', async ({ listener, kind }) => {
    await expect(eventsOf(listener)).rejects.toMatchObject({ kind });
  });

  it('are asked for again on a connection of their own when the kept one is closed', async () => {
    let requests = 0;
    const server = await serverWith((request, response) => {
      requests++;
      // The second one comes on the connection of the first, and finds it closed.
      if (requests === 2) request.socket.destroy();
      else response.writeHead(200, stream).end('data: a\n\ndata: [DONE]\n\n');
    });
    for (let i = 0; i < 2; i++) {
      const seen: string[] = [];
      const listening = {
        arrived: () => {},
        event(data: string) {
          seen.push(data);
          return 'open' as const;
        },
      };
      await postForEvents(server, '/', {}, listening, new AbortController().signal);
      expect(seen).toEqual(['a']);
    }
    expect(requests).toBe(3);
  });

  it('stop when they are no longer wanted, and a limit is a time-out', async () => {
    const endless: RequestListener = (_, response) => {
      response.writeHead(200, stream);
      const timer = setInterval(() => response.write('data: a\n\n'), 10);
      response.once('close', () => clearInterval(timer));
    };
    const stopping = new AbortController();
    setTimeout(() => stopping.abort(), 100);
    await expect(eventsOf(endless, stopping.signal)).rejects.toThrow(/aborted/);
    await expect(eventsOf(endless, AbortSignal.timeout(100))).rejects.toMatchObject({ kind: 'timeout' });
  });
});

describe('JSON', () => {
  it('is read, or said to be none', async () => {
    expect(await requestJson(await serverWith((_, response) => response.end('{"a": 1}')), '/', 1000)).toEqual({ a: 1 });
    const html = await serverWith((_, response) => response.end('<html>'));
    await expect(requestJson(html, '/', 1000)).rejects.toMatchObject({ kind: 'rubbish' });
    const deaf = await serverWith(() => {});
    await expect(requestJson(deaf, '/', 100)).rejects.toMatchObject({ kind: 'timeout' });
    const gone = { url: 'http://127.0.0.1:1', key: undefined };
    await expect(requestJson(gone, '/', 1000)).rejects.toMatchObject({ kind: 'connection' });
  });
});

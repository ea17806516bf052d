/**
 * Requests to a server, and answers that come in events. An arrival is told before anything of it is looked at, so that it can
 * be stamped first and decoded afterwards.
 */
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { createParser } from 'eventsource-parser';
import { oneLine } from '../../command-line/errors.ts';
import { RequestFailure } from '../request-failure.ts';
import type { ServerAddress } from './server-address.ts';
import { refusal, serverFailure } from './server-failure.ts';

export interface EventListener {
  /** Bytes have come. */
  arrived(): void;
  /** The data of one event; keep-alive comments and the mark of the end are left out. */
  event(data: string): void;
}

type Destination = Pick<ServerAddress, 'url' | 'key'>;

const longestRefusal = 64 * 1024;
const longestEvent = 16 * 1024 * 1024;
const keptAlive = { keepAlive: true, noDelay: true };
const agents = { 'http:': new http.Agent(keptAlive), 'https:': new https.Agent(keptAlive) };

/**
 * Posts and listens until the stream has ended as it should.
 * @throws RequestFailure when it did not; the reason of the signal when that was aborted
 */
export async function postForEvents(
  { url, key }: Destination,
  path: string,
  body: object,
  listener: EventListener,
  signal: AbortSignal,
): Promise<void> {
  let whole = false;
  const text = new TextDecoder();
  const parser = createParser({
    maxBufferSize: longestEvent,
    onEvent: ({ data }) => {
      if (data === '[DONE]') whole = true;
      else listener.event(data);
    },
  });
  await exchange('POST', url + path, { key, body, signal }, async (response) => {
    if (response.statusCode !== 200) throw refusal(response.statusCode ?? 0, await bodyOf(response));
    if (!response.headers['content-type']?.startsWith('text/event-stream')) {
      throw serverFailure('rubbish', `the server does not stream: ${(await bodyOf(response)).slice(0, 200)}`, 200);
    }
    await consume(response, (bytes) => {
      listener.arrived();
      parser.feed(text.decode(bytes, { stream: true }));
    });
  });
  if (!whole) throw serverFailure('broken_stream', 'the stream ended before its end', 200);
}

/** @param limitMs how long it may take @throws RequestFailure */
export async function requestJson(
  { url, key }: Destination,
  path: string,
  limitMs: number,
  body?: object,
): Promise<unknown> {
  const options = { key, body, signal: AbortSignal.timeout(limitMs) };
  let parsed: unknown;
  await exchange(body === undefined ? 'GET' : 'POST', url + path, options, async (response) => {
    const text = await bodyOf(response);
    if (response.statusCode !== 200) throw refusal(response.statusCode ?? 0, text);
    try {
      parsed = JSON.parse(text);
    } catch {
      throw serverFailure('rubbish', `${path} answered no JSON: ${text.slice(0, 100)}`, 200);
    }
  });
  return parsed;
}

interface ExchangeOptions {
  key: string | undefined;
  body: object | undefined;
  signal: AbortSignal;
}

/**
 * `receive` is called the moment the head of the answer is there. A connection that was kept from an earlier request may be
 * closed by the server just as it is used again; that is no failure of the request, which is sent once more.
 */
function exchange(
  method: 'GET' | 'POST',
  url: string,
  options: ExchangeOptions,
  receive: (response: IncomingMessage) => Promise<void>,
): Promise<void> {
  const { key, body, signal } = options;
  const sent = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const secure = url.startsWith('https:');
  return new Promise((resolve, reject) => {
    const request = (secure ? https : http).request(url, {
      method,
      signal,
      agent: agents[secure ? 'https:' : 'http:'],
      headers: {
        ...(sent === undefined ? {} : { 'content-type': 'application/json', 'content-length': sent.length }),
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
    });
    let answered = false;
    request.once('response', (response) => {
      answered = true;
      receive(response).then(resolve, (error: unknown) => reject(explained(error, signal, 'broken_stream')));
    });
    request.once('error', (error) => {
      const stale = request.reusedSocket && !answered && isReset(error) && !signal.aborted;
      if (stale) exchange(method, url, options, receive).then(resolve, reject);
      else reject(explained(error, signal, 'connection'));
    });
    request.end(sent);
  });
}

function explained(error: unknown, signal: AbortSignal, kind: 'connection' | 'broken_stream'): unknown {
  if (signal.aborted) {
    const timedOut = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
    return timedOut ? serverFailure('timeout', 'the server took too long') : signal.reason;
  }
  if (error instanceof RequestFailure) return error;
  if (kind === 'connection') return serverFailure(kind, `no connection: ${oneLine(error)}`);
  return serverFailure(kind, isReset(error) ? lostInTheMiddle : oneLine(error));
}

const lostInTheMiddle = 'the connection was lost in the middle of the answer';

/** Node's own words for it are "socket hang up" and "aborted". */
function isReset(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

function consume(response: IncomingMessage, take: (bytes: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const onData = (bytes: Buffer) => {
      try {
        take(bytes);
      } catch (error) {
        // What has come in already would still be handed over after the end.
        response.off('data', onData);
        response.destroy();
        reject(error);
      }
    };
    response.on('data', onData);
    response.once('end', resolve);
    response.once('error', reject);
    response.once('close', () => reject(new Error(lostInTheMiddle)));
  });
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  await consume(response, (bytes) => {
    size += bytes.length;
    if (size <= longestRefusal) parts.push(bytes);
  });
  return Buffer.concat(parts).toString('utf8');
}

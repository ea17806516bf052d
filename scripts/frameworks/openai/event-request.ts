/** Requests to a server, and answers that come in events. */

import type { IncomingMessage } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import { oneLine } from '../../command-line/errors.ts';
import { RequestFailure } from '../framework.ts';
import { type EventListener, listenToEvents, type StreamEnd } from './event-stream.ts';
import type { ServerAddress } from './server-address.ts';
import { errorIn, errorInSuccess, json, refusal, serverFailure } from './server-failure.ts';

type Destination = Pick<ServerAddress, 'url' | 'key'>;

const longestRefusal = 64 * 1024;
const keptAlive = { keepAlive: true, noDelay: true };
const agents = { 'http:': new http.Agent(keptAlive), 'https:': new https.Agent(keptAlive) };

/**
 * Posts and listens until the answer has ended as it should, which is not when the connection does.
 * @throws RequestFailure when it did not; the reason of the signal when that was aborted
 */
export async function postForEvents(
  { url, key }: Destination,
  path: string,
  body: object,
  listener: EventListener,
  signal: AbortSignal,
): Promise<StreamEnd> {
  let end: StreamEnd = 'closed';
  await exchange('POST', url + path, { key, body, signal }, async (response) => {
    if (response.statusCode !== 200) throw refusal(response.statusCode ?? 0, await bodyOf(response));
    if (!response.headers['content-type']?.toLowerCase().startsWith('text/event-stream')) {
      const said = await bodyOf(response);
      if (errorIn(json(said)) !== undefined) throw errorInSuccess(said);
      throw serverFailure('rubbish', `the server does not stream: ${said.slice(0, 200)}`, 200);
    }
    end = await listenToEvents(response, listener);
  });
  return end;
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
    parsed = json(text);
    if (parsed === undefined) throw serverFailure('rubbish', `${path} answered no JSON: ${text.slice(0, 100)}`, 200);
    if (errorIn(parsed) !== undefined) throw errorInSuccess(text);
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
        'accept-encoding': 'identity',
        ...(sent === undefined ? {} : { 'content-type': 'application/json', 'content-length': sent.length }),
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
    });
    let answered = false;
    request.once('response', (response) => {
      answered = true;
      receiveReadable(response, receive).then(resolve, (error: unknown) =>
        reject(explained(error, signal, 'broken_stream')),
      );
    });
    request.on('error', (error) => {
      const stale = request.reusedSocket && !answered && isReset(error) && !signal.aborted;
      if (stale) exchange(method, url, options, receive).then(resolve, reject);
      else reject(explained(error, signal, 'connection'));
    });
    request.end(sent);
  });
}

/** Compressed text would come in blocks, and not when its tokens do; it was not asked for. */
async function receiveReadable(
  response: IncomingMessage,
  receive: (response: IncomingMessage) => Promise<void>,
): Promise<void> {
  const encoding = response.headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding === '' || encoding === 'identity') return receive(response);
  const { statusCode = 0 } = response;
  response.on('error', () => {});
  response.destroy();
  throw serverFailure(
    'rubbish',
    `the server answered ${statusCode} in the encoding "${encoding}", which was not asked for; turn compression off in the server or the proxy before it`,
    statusCode,
  );
}

function explained(error: unknown, signal: AbortSignal, kind: 'connection' | 'broken_stream'): unknown {
  if (signal.aborted) {
    const timedOut = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
    return timedOut ? serverFailure('timeout', 'the server took too long') : signal.reason;
  }
  if (error instanceof RequestFailure) return error;
  if (kind === 'connection') return serverFailure(kind, `no connection: ${oneLine(error)}`);
  return serverFailure(kind, isReset(error) ? 'the connection was lost in the middle of the answer' : oneLine(error));
}

/** Node's own words for it are "socket hang up" and "aborted". */
function isReset(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response) {
    const bytes: Buffer = part;
    size += bytes.length;
    if (size <= longestRefusal) parts.push(bytes);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** A server in this process that lists a model, answers the trial request, and streams whatever a test writes. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface AnsweringServer {
  /** Without /v1. */
  url: string;
  /** Connections that were opened. */
  connections(): number;
}

interface Options {
  /** Status of /v1/models. */
  models?: number;
  /** What is answered where no stream is asked for. */
  trial?: (response: ServerResponse, body: unknown) => void;
}

/** @param stream writes the answer to a request for a stream */
export async function answeringServer(
  stream: (response: ServerResponse, body: unknown) => void,
  { models = 200, trial = (response) => response.end('{"choices": [{"text": "a"}]}') }: Options = {},
): Promise<AnsweringServer> {
  let connections = 0;
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      response.writeHead(request.url === '/v1/models' ? models : 404);
      return response.end(models === 200 ? '{"data": [{"id": "paper"}]}' : '<html>no such page</html>');
    }
    const body: unknown = await json(request);
    const streams = typeof body === 'object' && body !== null && 'stream' in body && body.stream === true;
    return (streams ? stream : trial)(response, body);
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, connections: () => connections };
}

export function beginStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
}

/** @param events objects, or lines as they are */
export function eventsText(...events: ReadonlyArray<object | string>): string {
  return events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`).join('');
}

export const chunk = (text: string) => ({ choices: [{ index: 0, delta: { content: text }, finish_reason: null }] });
export const finish = (reason: string | null, delta: object = {}) => ({
  choices: [{ index: 0, delta, finish_reason: reason }],
});
export const usage = (promptTokens: number, tokens: number) => ({
  choices: [],
  usage: { prompt_tokens: promptTokens, completion_tokens: tokens },
});

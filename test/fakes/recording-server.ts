/** A server in this process that records what it is asked, and answers as a test says. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface Recorded {
  method: string;
  /** Path and query. */
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  /** Sent as JSON; a string as it is. */
  body?: unknown;
}

export interface RecordingServer {
  /** Without a slash at the end. */
  url: string;
  requests: Recorded[];
}

/** @param reply null: the connection is cut without an answer */
export async function recordingServer(
  reply: (asked: Recorded, nth: number) => Reply | null = () => ({}),
): Promise<RecordingServer> {
  const requests: Recorded[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request;
    const asked = { method, path, headers, body: await text(request) };
    requests.push(asked);
    const answer = reply(asked, requests.length);
    if (answer === null) return request.socket.destroy();
    const { status = 200, headers: more = {}, body = {} } = answer;
    response.writeHead(status, { 'content-type': 'application/json', ...more });
    return response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests };
}

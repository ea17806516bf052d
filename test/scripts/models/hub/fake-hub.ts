/** A hub on the loopback interface that serves one file and misbehaves on demand. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import type { Hub } from '../../../../scripts/models/hub/hub.ts';

export interface FakeHub {
  hub: Hub;
  content: Buffer;
  /** What the sha256 header says; the content's own unless changed. */
  announcedSha256: string | undefined;
  /** Each answer to GET sends so many bytes of the body and breaks; one entry an answer, then whole answers. */
  breaksAfter: number[];
  /** Answer HEAD and GET with these status codes first. */
  statuses: number[];
  ranges: boolean;
  etag: string;
  requests: Array<{ method: string; url: string; range: string | undefined; authorization: string | undefined }>;
  pausesMs: number[];
}

export async function fakeHub(content: Buffer, token?: string): Promise<FakeHub> {
  const server = createServer((request, response) => answer(fake, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const fake: FakeHub = {
    hub: {
      url: `http://127.0.0.1:${address.port}`,
      token,
      fetch: (...request) => fetch(...request),
      sleep: async (ms) => {
        fake.pausesMs.push(ms);
      },
    },
    content,
    announcedSha256: createHash('sha256').update(content).digest('hex'),
    ...{ breaksAfter: [], statuses: [], ranges: true, etag: '"first"', requests: [], pausesMs: [] },
  };
  return fake;
}

function answer(fake: FakeHub, request: IncomingMessage, response: ServerResponse): void {
  const { range, authorization } = request.headers;
  fake.requests.push({ method: request.method ?? '', url: request.url ?? '', range, authorization });
  const status = fake.statuses.shift();
  if (status !== undefined && status !== 200) {
    response.writeHead(status, status === 429 ? { 'retry-after': '3' } : {}).end();
    return;
  }
  // As the hub does for its large files: the facts stand on the redirection, the bytes lie elsewhere.
  if (request.url?.includes('/resolve/')) {
    response.writeHead(302, {
      location: '/bytes',
      'x-linked-size': String(fake.content.length),
      ...(fake.announcedSha256 === undefined ? {} : { 'x-linked-etag': `"${fake.announcedSha256}"` }),
    });
    response.end();
    return;
  }
  sendBytes(fake, request, response);
}

function sendBytes(fake: FakeHub, request: IncomingMessage, response: ServerResponse): void {
  const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  const condition = request.headers['if-range'];
  const ranged = fake.ranges && asked !== undefined && (condition === undefined || condition === fake.etag);
  const start = ranged ? Number(asked) : 0;
  if (start > fake.content.length) {
    response.writeHead(416).end();
    return;
  }
  const body = fake.content.subarray(start);
  response.writeHead(ranged ? 206 : 200, {
    etag: fake.etag,
    'content-length': String(body.length),
    ...(ranged ? { 'content-range': `bytes ${start}-${fake.content.length - 1}/${fake.content.length}` } : {}),
  });
  const breakAfter = fake.breaksAfter.shift();
  if (breakAfter === undefined) response.end(body);
  else response.write(body.subarray(0, breakAfter), () => setTimeout(() => response.destroy(), 100));
}

/** A hub on the loopback interface whose every answer is made up by a test. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import type { Hub } from '../../../../scripts/models/hub/hub.ts';

interface Ask {
  method: string;
  url: string;
  /** First byte of the range that is asked for; 0 without a range. */
  from: number;
  ranged: boolean;
  ifRange: string | undefined;
  authorization: string | undefined;
}

/** @param attempt how many requests of this method came before */
export type Answer = (response: ServerResponse, ask: Ask, attempt: number) => void;

export interface MisbehavingHub {
  hub: Hub;
  asked: Ask[];
  pausesMs: number[];
}

export async function misbehavingHub(head: Answer, get: Answer): Promise<MisbehavingHub> {
  const asked: Ask[] = [];
  const pausesMs: number[] = [];
  const server = createServer((request, response) => {
    const ask = askOf(request);
    const attempt = asked.filter(({ method }) => method === ask.method).length;
    asked.push(ask);
    (ask.method === 'HEAD' ? head : get)(response, ask, attempt);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const hub: Hub = {
    url: `http://127.0.0.1:${address.port}`,
    token: 'secret',
    fetch: (...request) => fetch(...request),
    sleep: async (ms) => void pausesMs.push(ms),
  };
  return { hub, asked, pausesMs };
}

function askOf({ method = '', url = '', headers }: IncomingMessage): Ask {
  const from = /^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1];
  const ifRange = headers['if-range'];
  return {
    ...{ method, url, authorization: headers.authorization },
    from: Number(from ?? 0),
    ranged: from !== undefined,
    ifRange: typeof ifRange === 'string' ? ifRange : undefined,
  };
}

export const sha256Of = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** The head of a file of the hub, as its redirection to the bytes has it. */
export function linked(size: number | string | undefined, etag: string | undefined): Answer {
  return (response) => {
    response
      .writeHead(302, {
        location: '/bytes',
        ...(size === undefined ? {} : { 'x-linked-size': String(size) }),
        ...(etag === undefined ? {} : { 'x-linked-etag': `"${etag}"` }),
      })
      .end();
  };
}

/** A mirror that knows nothing but GET. */
export const noHead: Answer = (response) => void response.writeHead(405).end();

/** Whole and part answers as they should be; headers of a test on top. */
export function honest(content: Buffer, headers: OutgoingHttpHeaders = { etag: '"one"' }): Answer {
  return (response, { from, ranged }) => {
    const body = content.subarray(from);
    response
      .writeHead(ranged ? 206 : 200, {
        'content-length': body.length,
        ...(ranged ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
        ...headers,
      })
      .end(body);
  };
}

/** The same, with the connection broken after so many bytes of the body. */
export function breaking(content: Buffer, bytes: number, headers: OutgoingHttpHeaders = { etag: '"one"' }): Answer {
  return (response, { from, ranged }) => {
    const body = content.subarray(from);
    response.writeHead(ranged ? 206 : 200, {
      'content-length': body.length,
      ...(ranged ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
      ...headers,
    });
    response.write(body.subarray(0, bytes), () => setTimeout(() => response.destroy(), 40));
    if (bytes === 0) {
      response.flushHeaders();
      setTimeout(() => response.destroy(), 40);
    }
  };
}

/** A body that never ends, as fast as it is taken. */
export const endless: Answer = (response) => {
  response.writeHead(200, { etag: '"endless"' });
  const piece = Buffer.alloc(64 * 1024, 7);
  const more = () => {
    while (!response.destroyed && response.write(piece));
  };
  response.on('drain', more);
  more();
};

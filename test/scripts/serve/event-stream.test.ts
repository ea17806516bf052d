import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EventStream, type StreamLimits } from '../../../scripts/serve/event-stream.ts';

const event = { text: 'x'.repeat(16_000) };

/** A response to a client that sends a request and reads nothing. */
async function toDeafClient(): Promise<ServerResponse> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  client.on('error', () => {});
  onTestFinished(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
  return response;
}

function streamTo(response: ServerResponse, limits: StreamLimits): EventStream {
  const stream = new EventStream(response, limits);
  stream.open();
  return stream;
}

describe('a client that does not read', () => {
  it('is cut off when too much waits for it', async () => {
    const response = await toDeafClient();
    const stream = streamTo(response, { stallMs: 60_000, unreadBytes: 1_000_000 });
    for (let sent = 0; !response.destroyed && sent < 10_000; sent++) stream.send(event);
    expect(response.destroyed).toBe(true);
    stream.send(event);
    stream.finish();
  });

  it('is cut off when it leaves what was sent unread for too long', async () => {
    const response = await toDeafClient();
    const stream = streamTo(response, { stallMs: 300, unreadBytes: 100_000_000 });
    // More than the system's own buffers hold.
    for (let sent = 0; sent < 1000; sent++) stream.send(event);
    expect(response.destroyed).toBe(false);
    await Promise.race([once(response, 'close'), sleep(5000)]);
    expect(response.destroyed).toBe(true);
  });
});

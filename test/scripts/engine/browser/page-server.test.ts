import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PageServer } from '../../../../scripts/engine/browser/page-server.ts';

let folder: string;
let server: PageServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokenlap-server-'));
  mkdirSync(join(folder, 'model'));
  writeFileSync(join(folder, 'model', 'weights.bin'), Buffer.alloc(300_000, 7));
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  server = await PageServer.start(new Map([['/', '<p>page</p>']]));
  server.serve({ '/model/': join(folder, 'model'), '/model/alias.json': join(folder, 'secret.txt') });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const get = (path: string) => fetch(new URL(path, server.url.replace('localhost', '127.0.0.1')));

describe('the server of a page', () => {
  it('isolates what it serves from other origins, which sharpens the clock of the page', async () => {
    const answer = await get('/');
    expect(await answer.text()).toBe('<p>page</p>');
    expect(answer.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(answer.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect(answer.headers.get('content-type')).toContain('text/html');
  });

  it('serves the files that were named, with their size', async () => {
    const answer = await get('/model/weights.bin');
    expect(answer.headers.get('content-length')).toBe('300000');
    expect((await answer.arrayBuffer()).byteLength).toBe(300_000);
    expect((await get('/model/absent.bin')).status).toBe(404);
    expect((await get('/other')).status).toBe(404);
  });

  it.each(['/model/../secret.txt', '/model/%2e%2e/secret.txt', '/model/..%2fsecret.txt', '/secret.txt'])(
    'serves nothing beside them: %s',
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );

  it('says that its port is taken', async () => {
    const port = Number(new URL(server.url).port);
    await expect(PageServer.start(new Map(), port)).rejects.toMatchObject({
      message: expect.stringContaining(`cannot be served on port ${port}`),
      remedy: expect.stringContaining('--page-port'),
    });
  });
});

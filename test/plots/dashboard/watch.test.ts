/** `--watch`: what the server gives to whom, and that it tells of a run that ended. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Watching, watchResults } from '../../../plots/dashboard/watch.ts';
import { linesOf, logRecords } from '../../collate/log-factory.ts';

const output = mkdtempSync(join(tmpdir(), 'tokenlap-watch-'));
const folder = join(output, 'raw', 'llamacpp');
const stop = new AbortController();
let watching: Watching;

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'first.txt'), linesOf(logRecords({ number: 1 })));
  watching = await watchResults(output, 0, stop.signal);
});

afterAll(async () => {
  stop.abort();
  await watching.ended;
  rmSync(output, { recursive: true, force: true });
});

it('serves the page with a policy that allows its own server and nothing else', async () => {
  expect(watching.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  const page = await (await fetch(watching.url)).text();
  expect(page).toMatch(/default-src 'none'.*connect-src 'self'/);
});

it.each([
  { path: '/', method: 'POST', host: undefined, status: 405 },
  { path: '/runs.csv', method: 'GET', host: undefined, status: 404 },
  { path: '/favicon.ico', method: 'GET', host: undefined, status: 204 },
  { path: '/', method: 'GET', host: 'rebound.example.org', status: 403 },
])('answers $method $path of $host with $status', async ({ path, method, host, status }) => {
  const { port } = new URL(watching.url);
  const headers = host === undefined ? {} : { host };
  const answered = await new Promise((resolve, reject) =>
    request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end(),
  );
  expect(answered).toBe(status);
});

it('tells an open page when the log of a run is closed, not before, and then has the run', async () => {
  const before = await (await fetch(watching.url)).text();
  const events = await fetch(`${watching.url}events`);
  const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe(': here\n\n');
  const lines = linesOf(logRecords({ number: 2 }))
    .trimEnd()
    .split('\n');
  const path = join(folder, 'second.txt');
  writeFileSync(path, `${lines.slice(0, -1).join('\n')}\n`);
  expect(await (await fetch(watching.url)).text()).toBe(before);
  appendFileSync(path, `${lines.at(-1)}\n`);
  expect((await reader?.read())?.value).toContain('event: runs');
  expect(await (await fetch(watching.url)).text()).not.toBe(before);
  await reader?.cancel();
});

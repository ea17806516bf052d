import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../../scripts/command-line/errors.ts';
import { readDigestNote } from '../../../../scripts/models/file-digest.ts';
import { download } from '../../../../scripts/models/hub/download.ts';
import { type Hub, hubUrl } from '../../../../scripts/models/hub/hub.ts';
import { modelFolder, silent } from '../model-folder.ts';
import { type FakeHub, fakeHub } from './fake-hub.ts';

const file = { repository: 'someone/Model-GGUF', revision: 'main', file: 'model-Q4_K_M.gguf' };
const unknown = { sha256: undefined, bytes: undefined };
const content = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * i + (i >> 8)) & 0xff));

async function complaint(work: Promise<unknown>): Promise<{ message: string; remedy: string; exitCode: number }> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message).not.toMatch(/\n/);
    return { message: error.message, remedy: error.remedy ?? '', exitCode: error.exitCode };
  }
  throw new Error('no complaint');
}

const gets = (fake: FakeHub) => fake.requests.filter(({ method, url }) => method === 'GET' && url === '/bytes');

test('a file is fetched, checked, named and noted, with progress up to its size', async () => {
  const fake = await fakeHub(content);
  const target = join(modelFolder(), 'a', 'model.gguf');
  const steps: Array<{ label: string; done: number; total: number }> = [];
  await download(fake.hub, file, target, unknown, (step) => steps.push(step));
  expect(readFileSync(target).equals(content)).toBe(true);
  expect(readDigestNote(target)).toMatchObject({ sha256: fake.announcedSha256, bytes: content.length });
  expect(readdirSync(join(target, '..')).sort()).toEqual(['model.gguf', 'model.gguf.sha256.json']);
  expect(steps.findLast(({ label }) => label.startsWith('fetching'))).toMatchObject({ done: 200_000, total: 200_000 });
  expect(fake.requests[0]?.url).toBe('/someone/Model-GGUF/resolve/main/model-Q4_K_M.gguf');
  // It is there now: nobody is asked again.
  await download(fake.hub, file, target, unknown, silent);
  expect(gets(fake)).toHaveLength(1);
});

test('a connection that breaks in the middle is taken up where it broke', async () => {
  const fake = await fakeHub(content);
  fake.breaksAfter = [70_000, 50_000];
  const target = join(modelFolder(), 'model.gguf');
  await download(fake.hub, file, target, unknown, silent);
  expect(readFileSync(target).equals(content)).toBe(true);
  expect(gets(fake).map(({ range }) => range)).toEqual([undefined, 'bytes=70000-', 'bytes=120000-']);
  expect(fake.pausesMs).toEqual([1000, 1000]);
});

test('a download that was given up is taken up by the next run', async () => {
  const fake = await fakeHub(content);
  fake.breaksAfter = [90_000, 0, 0, 0, 0];
  const target = join(modelFolder(), 'model.gguf');
  const said = await complaint(download(fake.hub, file, target, unknown, silent));
  expect(said.message).toMatch(/broke off 5 times/);
  expect(said.remedy).toMatch(/90.0 kB of 200 kB are kept: the same command goes on/);
  expect(fake.pausesMs).toEqual([1000, 2000, 4000, 8000]);
  expect(existsSync(target)).toBe(false);
  await download(fake.hub, file, target, unknown, silent);
  expect(gets(fake).at(-1)?.range).toBe('bytes=90000-');
  expect(readFileSync(target).equals(content)).toBe(true);
});

test('a mirror goes on where another one stopped', async () => {
  const target = join(modelFolder(), 'model.gguf');
  const first = await fakeHub(content);
  first.breaksAfter = [90_000, 0, 0, 0, 0];
  await complaint(download(first.hub, file, target, unknown, silent));
  const mirror = await fakeHub(content);
  mirror.etag = '"of the mirror"';
  await download(mirror.hub, file, target, unknown, silent);
  expect(gets(mirror).map(({ range }) => range)).toEqual(['bytes=90000-']);
  expect(readFileSync(target).equals(content)).toBe(true);
});

test('a server without ranges sends everything again', async () => {
  const fake = await fakeHub(content);
  fake.ranges = false;
  fake.breaksAfter = [90_000];
  const target = join(modelFolder(), 'model.gguf');
  await download(fake.hub, file, target, unknown, silent);
  expect(readFileSync(target).equals(content)).toBe(true);
});

test('a file that changed between two runs is fetched from its beginning', async () => {
  const folder = modelFolder();
  const target = join(folder, 'model.gguf');
  const first = await fakeHub(content);
  first.breaksAfter = [90_000, 0, 0, 0, 0];
  await complaint(download(first.hub, file, target, unknown, silent));
  const other = Buffer.from(content).fill(1, 0, 100);
  const second = await fakeHub(other);
  await download({ ...second.hub }, file, target, unknown, silent);
  expect(gets(second).map(({ range }) => range)).toEqual([undefined]);
  expect(readFileSync(target).equals(other)).toBe(true);
});

test('a file that changes within one run is noticed by its tag and fetched from its beginning', async () => {
  const fake = await fakeHub(content);
  // Without a hash to go by: only the tag of the bytes tells.
  fake.announcedSha256 = undefined;
  fake.breaksAfter = [90_000];
  const other = Buffer.from(content).reverse();
  const sleep = async () => {
    fake.content = other;
    fake.etag = '"second"';
  };
  const target = join(modelFolder(), 'model.gguf');
  await download({ ...fake.hub, sleep }, file, target, unknown, silent);
  expect(readFileSync(target).equals(other)).toBe(true);
});

test('content that is not what was announced is deleted, and that is said', async () => {
  const fake = await fakeHub(content);
  fake.announcedSha256 = 'ab'.repeat(32);
  const folder = modelFolder();
  const said = await complaint(download(fake.hub, file, join(folder, 'model.gguf'), unknown, silent));
  expect(said.message).toMatch(/arrived damaged.*sha256 is [0-9a-f]{12}… instead of abababababab…; it was deleted/);
  expect(readdirSync(folder)).toEqual([]);
});

test('a hash in the registry that the hub contradicts stops before anything is fetched', async () => {
  const fake = await fakeHub(content);
  const expected = { sha256: 'cd'.repeat(32), bytes: undefined };
  const said = await complaint(download(fake.hub, file, join(modelFolder(), 'model.gguf'), expected, silent));
  expect(said.message).toMatch(/another someone\/Model-GGUF\/model-Q4_K_M\.gguf than configs\/models\.json expects/);
  expect(gets(fake)).toEqual([]);
});

describe('an answer that is no file gets one line', () => {
  test.each<[statuses: number[], token: string | undefined, message: RegExp, remedy: RegExp]>([
    [[401], undefined, /does not give .* to strangers \(HTTP 401\)/, /set HF_TOKEN/],
    [[403], 'secret', /refuses .* to the owner of HF_TOKEN \(HTTP 403\)/, /Accept its licence/],
    [[404], undefined, /has no someone\/Model-GGUF\/model-Q4_K_M\.gguf/, /another --quantize/],
    [[429, 429, 429], undefined, /fewer requests/, /Wait/],
    [[503, 502, 500], undefined, /trouble of its own \(HTTP 500\)/, /mirror/],
    [[410], undefined, /answered HTTP 410/, /mirror/],
  ])('%j with token %s', async (statuses, token, message, remedy) => {
    const fake = await fakeHub(content, token);
    fake.statuses = [...statuses];
    const said = await complaint(download(fake.hub, file, join(modelFolder(), 'model.gguf'), unknown, silent));
    expect(said).toMatchObject({ message: expect.stringMatching(message), exitCode: 3 });
    expect(said.remedy).toMatch(remedy);
    expect(said.remedy).toMatch(/--model PATH.*--synthetic/);
    expect(`${said.message}${said.remedy}`).not.toContain('secret');
  });
});

test('a busy hub is asked again, after as long as it wants', async () => {
  const fake = await fakeHub(content);
  fake.statuses = [429, 503, 200, 200, 429, 200];
  const target = join(modelFolder(), 'model.gguf');
  await download(fake.hub, file, target, unknown, silent);
  expect(readFileSync(target).equals(content)).toBe(true);
  expect(fake.pausesMs).toEqual([3000, 1000, 3000]);
});

test('the token goes to the hub itself', async () => {
  const fake = await fakeHub(content, 'secret');
  await download(fake.hub, file, join(modelFolder(), 'model.gguf'), unknown, silent);
  expect(fake.requests[0]?.authorization).toBe('Bearer secret');
});

test('the token does not follow a redirection to another host', async () => {
  const elsewhere = await fakeHub(content);
  const hub: Hub = {
    ...elsewhere.hub,
    url: elsewhere.hub.url.replace('127.0.0.1', 'localhost'),
    token: 'secret',
    fetch: (url, init) => {
      const from = new URL(String(url));
      from.hostname = '127.0.0.1';
      return fetch(from, init);
    },
  };
  const { headersFor } = await import('../../../../scripts/models/hub/hub.ts');
  expect(headersFor(hub, `${hub.url}/x`)).toHaveProperty('authorization');
  expect(headersFor(hub, `${elsewhere.hub.url}/x`)).not.toHaveProperty('authorization');
});

describe('no network', () => {
  const fault = (code: string) =>
    Object.assign(new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) }));
  test.each([
    ['ENOTFOUND', /its name does not resolve/, 1],
    ['ECONNREFUSED', /the connection was refused/, 1],
    ['UND_ERR_CONNECT_TIMEOUT', /it does not answer/, 3],
    ['CERT_HAS_EXPIRED', /its certificate has expired/, 1],
  ])('%s gets one line that names the ways without it', async (code, says, attempts) => {
    let asked = 0;
    const hub: Hub = {
      ...{ url: 'https://hub.invalid', token: undefined, sleep: async () => {} },
      fetch: async () => {
        asked++;
        throw fault(code);
      },
    };
    const said = await complaint(download(hub, file, join(modelFolder(), 'model.gguf'), unknown, silent));
    expect(said.message).toMatch(says);
    expect(said.remedy).toMatch(/--model PATH.*--synthetic/);
    expect(asked).toBe(attempts);
  });
});

test('a folder that cannot be written gets one line', async () => {
  const fake = await fakeHub(content);
  const blocked = join(modelFolder(), 'models');
  writeFileSync(blocked, '');
  const said = await complaint(download(fake.hub, file, join(blocked, 'hub', 'model.gguf'), unknown, silent));
  expect(said.remedy).toMatch(/TOKENLAP_CACHE=DIR/);
});

test('a part that cannot be written gets one line, and is no reason to try again', async () => {
  const fake = await fakeHub(content);
  const target = join(modelFolder(), 'model.gguf');
  mkdirSync(`${target}.part`);
  const said = await complaint(download(fake.hub, file, target, unknown, silent));
  expect(said.message).toMatch(/^Writing .*\.part failed: /);
  expect(fake.pausesMs).toEqual([]);
});

test('a disk without room is noticed before anything is fetched', async () => {
  const fake = await fakeHub(content);
  const said = await complaint(
    download(fake.hub, file, join(modelFolder(), 'm.gguf'), unknown, silent, { freeBytes: () => 1e6 }),
  );
  expect(said.message).toMatch(/needs 200 kB, and its disk has 1.00 MB left/);
  expect(gets(fake)).toEqual([]);
});

describe('the address of the hub', () => {
  test.each<[chosen: string | undefined, environment: Record<string, string>, url: string]>([
    [undefined, {}, 'https://huggingface.co'],
    [undefined, { HF_ENDPOINT: 'https://mirror.example/' }, 'https://mirror.example'],
    [undefined, { HF_ENDPOINT: 'https://a.example', TOKENLAP_HUB_URL: 'https://b.example' }, 'https://b.example'],
    ['http://127.0.0.1:8000/hf//', { TOKENLAP_HUB_URL: 'https://b.example' }, 'http://127.0.0.1:8000/hf'],
  ])('%s with %j is %s', (chosen, environment, url) => {
    expect(hubUrl(chosen, environment)).toBe(url);
  });

  test('must be a URL', () => {
    expect(() => hubUrl('mirror', {})).toThrow(/"mirror" is not a URL/);
  });
});

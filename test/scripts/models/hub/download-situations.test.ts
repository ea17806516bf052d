/** What a hub, a mirror, a proxy or an attacker may answer: each ends with the right file, or with one line and no file. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../../scripts/command-line/errors.ts';
import type { Expected } from '../../../../scripts/models/hub/description.ts';
import { type DownloadLimits, download } from '../../../../scripts/models/hub/download.ts';
import { downloadedFile } from '../../../../scripts/models/model-files.ts';
import { seededRandom } from '../../../../scripts/statistics/seeded-random.ts';
import { modelFolder, silent, smallModel } from '../model-folder.ts';
import {
  type Answer,
  breaking,
  endless,
  honest,
  linked,
  type MisbehavingHub,
  misbehavingHub,
  noHead,
  sha256Of,
} from './misbehaving-hub.ts';

const file = { repository: 'someone/Model-GGUF', revision: 'main', file: 'model-Q4_K_M.gguf' };
const content = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * i + (i >> 8)) & 0xff));
const other = Buffer.from(content).reverse();
const hash = sha256Of(content);
const well = linked(content.length, hash);
const page = Buffer.from('<!DOCTYPE html><title>Please log in</title>');

/** What a transfer may hold on disk at most, where nothing was announced. */
const mostBytes = 1_000_000;
const limits: Partial<DownloadLimits> = { stallMs: 10_000, mostBytes, freeBytes: () => 1e9 };

interface Outcome {
  hub: MisbehavingHub;
  target: string;
  /** Undefined: it was fetched. */
  error: UserError | undefined;
  partBytes: number | undefined;
}

async function fetchFrom(
  head: Answer,
  get: Answer,
  expected: Partial<Expected> = {},
  change: Partial<DownloadLimits> = {},
): Promise<Outcome> {
  const hub = await misbehavingHub(head, get);
  const target = join(modelFolder(), 'model.gguf');
  const error = await download(hub.hub, file, target, { sha256: undefined, bytes: undefined, ...expected }, silent, {
    ...limits,
    ...change,
  })
    .then(() => undefined)
    .catch((reason: unknown) => {
      if (reason instanceof UserError) return reason;
      throw reason;
    });
  const partBytes = statSync(`${target}.part`, { throwIfNoEntry: false })?.size;
  return { hub, target, error, partBytes };
}

/** A connection is given up early only where it is to be: a busy machine is slow too. */
const patienceFor = (name: string) => (/stall|single bytes/.test(name) ? { stallMs: 300 } : {});

/** What holds whatever was answered. */
function expectSound({ hub, target, error, partBytes }: Outcome, announced: number | undefined): void {
  expect(hub.asked.length).toBeLessThan(40);
  expect(partBytes ?? 0).toBeLessThanOrEqual(announced ?? mostBytes);
  const left = readdirSync(join(target, '..'));
  expect(left.filter((name) => !name.startsWith('model.gguf'))).toEqual([]);
  expect(left.filter((name) => name.endsWith('.writing') || name.endsWith('.lock'))).toEqual([]);
  if (error === undefined) {
    expect(partBytes).toBeUndefined();
    return;
  }
  expect(existsSync(target)).toBe(false);
  expect(error.exitCode).not.toBe(0);
  expect(error.message).not.toMatch(/\n|undefined|TypeError/);
  expect(error.remedy).toMatch(/\w/);
  expect(`${error.message}${error.remedy}`).not.toContain('secret');
}

const redirect =
  (status: number, location?: string): Answer =>
  (response) =>
    void response.writeHead(status, location === undefined ? {} : { location }).end();
const status =
  (code: number, headers = {}): Answer =>
  (response) =>
    void response.writeHead(code, headers).end();
/** Each answer once, then the last one always. */
const inTurn =
  (...answers: readonly [Answer, ...Answer[]]): Answer =>
  (response, ask, attempt) =>
    (answers[attempt] ?? answers.at(-1) ?? answers[0])(response, ask, attempt);
const chunked =
  (body: Buffer, headers = {}): Answer =>
  (response) => {
    response.writeHead(200, { etag: '"one"', 'transfer-encoding': 'chunked', ...headers });
    response.end(body);
  };
const silentBody: Answer = (response) => {
  response.writeHead(200, { 'content-length': content.length, etag: '"one"' });
  response.write(content.subarray(0, 50_000));
};
/** 103 (RFC 8297) without end, and never an answer. */
const endlessHints: Answer = (response) => {
  const more = () => {
    if (!response.destroyed) response.writeEarlyHints({ link: '</x>; rel=preload' }, () => setImmediate(more));
  };
  more();
};
/** A byte now and then, which is no progress. */
const trickle: Answer = (response) => {
  response.writeHead(200, { 'content-length': content.length, etag: '"one"' });
  let sent = 0;
  const timer = setInterval(() => response.write(content.subarray(sent, ++sent)), 20);
  response.on('close', () => clearInterval(timer));
};
const ranged =
  (contentRange: string | undefined, body: Buffer, etag = '"one"'): Answer =>
  (response) =>
    void response
      .writeHead(206, { etag, ...(contentRange === undefined ? {} : { 'content-range': contentRange }) })
      .end(body);
const rest = content.subarray(90_000);
const broken = breaking(content, 90_000);

describe('the right file arrives', () => {
  test.each<[name: string, head: Answer, get: Answer, requests: number]>([
    ['as it should be', well, honest(content), 2],
    ['without HEAD', noHead, honest(content), 2],
    ['without HEAD, in chunks without a length', noHead, chunked(content), 2],
    ['with a size that is no number', linked('many', hash), honest(content), 2],
    ['with a negative size', linked('-5', hash), honest(content), 2],
    ['with a size of zero', linked(0, hash), honest(content), 2],
    ['with a size beyond all numbers', linked('9'.repeat(40), hash), honest(content), 2],
    ['after a break', well, inTurn(broken, honest(content)), 3],
    ['after a break, from a server without ranges', well, inTurn(broken, chunked(content)), 3],
    [
      'after a break, from a server without tags',
      linked(content.length, undefined),
      inTurn(breaking(content, 90_000, {}), honest(content, {})),
      4,
    ],
    [
      'after a range that was not asked for',
      well,
      inTurn(broken, ranged('bytes 5-199999/200000', content.subarray(5)), honest(content)),
      4,
    ],
    ['after a part without a range', well, inTurn(broken, ranged(undefined, rest), honest(content)), 4],
    [
      'after a range that ends before it begins',
      well,
      inTurn(broken, ranged('bytes 90000-80000/200000', rest), honest(content)),
      4,
    ],
    ['after a range in lines', well, inTurn(broken, ranged('lines 90000-199999/200000', rest), honest(content)), 4],
    [
      'after a part of a file with another tag',
      well,
      inTurn(broken, ranged('bytes 90000-199999/200000', other.subarray(90_000), '"two"'), honest(content)),
      4,
    ],
    [
      'after a part of a file with another tag, and no hash',
      linked(content.length, undefined),
      inTurn(broken, ranged('bytes 90000-199999/200000', other.subarray(90_000), '"two"'), honest(content)),
      4,
    ],
    [
      'in parts shorter than asked for',
      well,
      inTurn(broken, ranged('bytes 90000-149999/200000', content.subarray(90_000, 150_000)), honest(content)),
      4,
    ],
    ['after a stalled body', well, inTurn(silentBody, honest(content)), 3],
    ['after a body of single bytes', well, inTurn(trickle, honest(content)), 3],
    ['after 429 and 503', well, inTurn(status(429, { 'retry-after': '3' }), status(503), honest(content)), 4],
    ['after 416 for a part that was too long', well, inTurn(broken, status(416), honest(content)), 4],
    [
      'with a name of the server that is a path',
      well,
      honest(content, { etag: '"one"', 'content-disposition': 'attachment; filename="../../evil"' }),
      2,
    ],
    [
      'after some redirections',
      inTurn(redirect(307, '/a'), redirect(301, 'b'), well),
      inTurn(redirect(302, '/c'), redirect(308, '?d'), honest(content)),
      6,
    ],
  ])('%s', async (name, head, get, requests) => {
    const outcome = await fetchFrom(head, get, {}, patienceFor(name));
    expect(outcome.error).toBeUndefined();
    expectSound(outcome, content.length);
    expect(readFileSync(outcome.target).equals(content)).toBe(true);
    expect(outcome.hub.asked.length).toBeLessThanOrEqual(requests);
  });

  test('and a wait that a server asks for is kept, as seconds and as a date, up to a minute', async () => {
    const inAWhile = new Date(Date.now() + 20_000).toUTCString();
    const asks = ['3', inAWhile, '86400', 'soon'].map((text) => status(503, { 'retry-after': text }));
    const { hub, error } = await fetchFrom(well, inTurn(asks[0] ?? well, ...asks.slice(1), honest(content)));
    expect(error).toBeUndefined();
    const [seconds, date = 0, day, nonsense] = hub.pausesMs;
    expect([seconds, day, nonsense]).toEqual([3000, 60_000, 8000]);
    expect(Math.abs(date - 20_000)).toBeLessThan(3000);
  });
});

describe('nothing but one line is left', () => {
  const gone = undefined;
  test.each<
    [name: string, head: Answer, get: Answer, says: RegExp, mostKept: number | undefined, expected?: Partial<Expected>]
  >([
    [
      'an announced size larger than the file',
      linked(300_000, hash),
      honest(content),
      /announced with 300000 bytes, and has 200000/,
      gone,
    ],
    [
      'an announced size larger than the file, in chunks',
      linked(300_000, hash),
      chunked(content),
      /broke off 5 times.*broke after 200 kB/,
      200_000,
    ],
    [
      'an announced size larger than the file, and 416',
      linked(300_000, hash),
      inTurn(chunked(content), status(416, { 'content-range': 'bytes */200000' })),
      /announced with 300000 bytes, and has 200000/,
      gone,
    ],
    [
      'an announced size larger than the file, and 416 without a size',
      linked(300_000, hash),
      inTurn(chunked(content), status(416), chunked(content), status(416)),
      /from|broke off 5 times/,
      gone,
    ],
    [
      'an announced size smaller than the file',
      linked(100, hash),
      honest(content),
      /announced with 100 bytes, and has 200000/,
      gone,
    ],
    [
      'an announced size smaller than the file, in chunks',
      linked(100, hash),
      chunked(content),
      /more is sent than the announced 100 B/,
      gone,
    ],
    [
      'a size in the registry that HEAD contradicts',
      well,
      honest(content),
      /another .* than configs\/models\.json expects/,
      gone,
      { bytes: 3 },
    ],
    [
      'a size in the registry that only the body contradicts',
      noHead,
      chunked(content),
      /more is sent than the announced 3\D/,
      gone,
      { bytes: 3 },
    ],
    [
      'a body without end for an announced size',
      linked(content.length, hash),
      endless,
      /more is sent than the announced 200 kB/,
      gone,
    ],
    [
      'a body without end for a size in the registry',
      noHead,
      endless,
      /more is sent than the announced 3\D/,
      gone,
      { bytes: 3 },
    ],
    ['a body without end', noHead, endless, /no announced size, and continues after 1\.00 MB/, gone],
    ['an empty body', noHead, honest(Buffer.alloc(0)), /damaged.*it is empty/, gone],
    ['204 in the place of a file', noHead, status(204), /answered HTTP 204/, gone],
    ['304 in the place of a file', well, status(304), /answered HTTP 304/, gone],
    [
      'a range of another size',
      well,
      inTurn(broken, ranged('bytes 90000-299999/300000', rest)),
      /announced with 200000 bytes, and has 300000/,
      gone,
    ],
    [
      'always another range',
      well,
      inTurn(broken, ranged('bytes 5-199999/200000', content.subarray(5))),
      /broke off 5 times.*another range/,
      90_000,
    ],
    [
      'parts although the whole was asked for',
      well,
      ranged('bytes 5-199999/200000', content.subarray(5)),
      /another range was sent/,
      gone,
    ],
    [
      'always another tag',
      well,
      (response, ask, attempt) => breaking(content, 90_000, { etag: `"${attempt}"` })(response, ask, attempt),
      /meanwhile|broke off 5 times/,
      90_000,
    ],
    [
      'a body that is cut every time',
      well,
      inTurn(broken, breaking(content, 0)),
      /broke off 5 times.*90\.0 kB|broke off 5 times/,
      90_000,
    ],
    ['a byte a connection', well, breaking(content, 1), /broke off 5 times/, 5],
    ['a body that stalls every time', well, inTurn(silentBody, () => {}), /broke off 5 times.*stopped sending/, 50_000],
    ['hints that stall every answer', well, endlessHints, /stopped sending|does not answer/, gone],
    ['single bytes every time', well, trickle, /stopped sending/, content.length],
    ['another content', linked(content.length, hash), honest(other), /damaged.*sha256 is .* it was deleted/, gone],
    ['another content than in the registry', noHead, honest(other), /damaged.*sha256/, gone, { sha256: hash }],
    [
      'gzip',
      linked(content.length, hash),
      (response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(content)),
      /comes compressed \(gzip\), which was not requested/,
      gone,
    ],
    [
      'brotli by name',
      noHead,
      (response) => void response.writeHead(200, { 'content-encoding': 'br' }).end(content),
      /comes compressed \(br\)/,
      gone,
    ],
    [
      'a login page instead of the head',
      honest(page, { 'content-type': 'text/html; charset=utf-8' }),
      honest(content),
      /a web page in the place of someone\/Model-GGUF\/model-Q4_K_M\.gguf/,
      gone,
    ],
    [
      'a login page instead of the bytes',
      well,
      honest(page, { 'content-type': 'text/html' }),
      /a web page in the place of/,
      gone,
    ],
    ['a login page that does not call itself one', noHead, honest(page), /damaged.*it is a web page/, gone],
    ['429 without end', well, status(429, { 'retry-after': '1' }), /fewer requests/, gone],
    ['503 without end', well, status(503), /trouble of its own \(HTTP 503\)/, gone],
    ['503 without end after a part', well, inTurn(broken, status(503)), /broke off 5 times.*HTTP 503/, 90_000],
    ['403 for the bytes', well, status(403), /refuses .*\(HTTP 403\)/, gone],
    ['416 at once', well, status(416), /shorter than what had arrived/, gone],
    ['a redirection in a loop', redirect(302, '/again'), honest(content), /redirects more than 8 times/, gone],
    ['a redirection of the bytes in a loop', well, redirect(307, '/again'), /redirects more than 8 times/, gone],
    ['a redirection to nowhere', redirect(302), honest(content), /redirects to nowhere/, gone],
    [
      'a Location that is no address',
      redirect(302, 'http://[broken'),
      honest(content),
      /redirects to "http:\/\/\[broken", which is not a URL/,
      gone,
    ],
    [
      'a Location of the bytes that is no address',
      well,
      redirect(302, 'http://:99999999/'),
      /which is not a URL/,
      gone,
    ],
    [
      'a redirection to a file',
      redirect(302, 'file:///etc/passwd'),
      honest(content),
      /"file:\/\/\/etc\/passwd", which is not on the web/,
      gone,
    ],
    [
      'a redirection of the bytes to a file',
      well,
      redirect(302, 'file:///etc/passwd'),
      /which is not on the web/,
      gone,
    ],
    ['a redirection to data', well, redirect(302, 'data:text/plain,weights'), /which is not on the web/, gone],
    ['a redirection to a script', well, redirect(302, 'javascript:alert(1)'), /which is not on the web/, gone],
    [
      'a redirection with a password',
      well,
      redirect(302, 'http://me:you@127.0.0.1/x'),
      /an address with a password/,
      gone,
    ],
    ['no HTTP at all', well, (response) => void response.socket?.end('hello\r\n\r\n'), /cannot be reached/, gone],
    ['a connection that is closed at once', well, (response) => void response.destroy(), /the connection broke/, gone],
  ])('of %s', async (name, head, get, says, mostKept, expected = {}) => {
    const outcome = await fetchFrom(head, get, expected, patienceFor(name));
    expect(outcome.error?.message).toMatch(says);
    expectSound(outcome, undefined);
    if (mostKept === undefined) {
      expect(outcome.partBytes).toBeUndefined();
      return;
    }
    // What is in a buffer when a connection breaks is lost.
    expect(outcome.partBytes).toBeGreaterThan(0);
    expect(outcome.partBytes).toBeLessThanOrEqual(mostKept);
    expect(outcome.error?.remedy).toMatch(/are kept: the same command resumes/);
  });

  test('of a redirection from https to http', async () => {
    const hub = await misbehavingHub(well, honest(content));
    const secure = {
      ...hub.hub,
      url: 'https://hub.example',
      fetch: async () => Response.redirect(hub.hub.url, 302),
    };
    const target = join(modelFolder(), 'model.gguf');
    const fetching = download(secure, file, target, { sha256: undefined, bytes: undefined }, silent, limits);
    await expect(fetching).rejects.toThrow(/redirects to .*: from https to http/);
    expect(hub.asked).toEqual([]);
  });

  test('of a model of the registry of which nobody tells the size, at twice its weights', async () => {
    const hub = await misbehavingHub(noHead, endless);
    const folder = modelFolder();
    const wish = { quantize: 'default', formats: [] };
    const model = smallModel('qwen2');
    const fetching = downloadedFile(model, wish, false, hub.hub, { folder, progress: silent });
    await expect(fetching).rejects.toThrow(/no announced size, and continues after 1[78]\.\d MB/);
    expect(readdirSync(folder, { recursive: true }).filter((name) => String(name).includes('.part'))).toEqual([]);
  });

  test('of a body without end, as soon as the disk has no more room than is to be spared', async () => {
    let free = 65_000_000;
    const freeBytes = () => {
      free -= 100_000;
      return free;
    };
    const hub = await misbehavingHub(noHead, endless);
    const target = join(modelFolder(), 'model.gguf');
    const fetching = download(hub.hub, file, target, { sha256: undefined, bytes: undefined }, silent, {
      ...limits,
      mostBytes: 1e12,
      freeBytes,
    });
    await expect(fetching).rejects.toThrow(/its disk has 6\d\.\d MB left/);
    expect(statSync(`${target}.part`).size).toBeLessThan(1_500_000);
  });
});

describe('any mixture of faults ends with the right file, or with one line and no file', () => {
  const pick = <T>(random: () => number, options: readonly T[]): T => {
    const chosen = options[Math.floor(random() * options.length)];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  };
  const seeds = Number(process.env.TOKENLAP_TEST_MIXTURES ?? 64);

  test.each(Array.from({ length: seeds }, (_, i) => i + 1))('seed %i', async (seed) => {
    const random = seededRandom(seed);
    const announced = pick(random, [content.length, content.length, 0, 300_000, 150_000, 3]);
    const bodies = pick(random, [[content], [content], [content, other]]);
    // One that does not change with the content would be a lie that nobody can see through.
    const tagOf = pick<(body: Buffer) => string>(random, [
      (body) => `"${sha256Of(body)}"`,
      (body) => `"${sha256Of(body)}"`,
      () => 'W/"weak"',
      () => '',
      () => `"${random()}"`,
    ]);
    const tag = pick(random, [hash, hash, '', bodies.length === 1 ? 'a version' : '', 'ab'.repeat(32)]);
    const described = linked(announced === 0 ? undefined : announced, tag === '' ? undefined : tag);
    const head = pick(random, [described, described, noHead]);
    const get: Answer = (response, ask, attempt) => {
      const body = pick(random, bodies);
      const etag = tagOf(body);
      const headers = etag === '' ? {} : { etag };
      const ordinary = random() < 0.4 ? chunked(body, headers) : honest(body, headers);
      const fault = pick<Answer>(random, [
        breaking(body, Math.floor(random() * 150_000), headers),
        breaking(body, Math.floor(random() * 150_000), headers),
        ranged(
          `bytes ${pick(random, [ask.from, 0, 7])}-199999/${pick(random, ['200000', '*', '300000'])}`,
          body.subarray(ask.from),
        ),
        status(pick(random, [416, 429, 500, 503, 304])),
        endless,
        (broken) => void broken.destroy(),
        redirect(302, pick(random, ['/bytes', 'file:///etc/passwd', 'http://[', '?again'])),
      ]);
      (random() < 0.6 ? fault : ordinary)(response, ask, attempt);
    };
    const outcome = await fetchFrom(head, get);
    expectSound(outcome, head === noHead || announced === 0 ? undefined : announced);
    if (outcome.error !== undefined) return;
    const arrived = readFileSync(outcome.target);
    expect(bodies.some((body) => body.equals(arrived)) || announcedEndless(arrived)).toBe(true);
  });

  /** Nobody can tell an endless body from a file, if it was announced with neither hash nor another size. */
  function announcedEndless(arrived: Buffer): boolean {
    return arrived.every((byte) => byte === 7);
  }
});

/** The page that an engine lives in: a browser, a server on the loopback interface, the engine's code, and its clock. */
import type { CDPSession, Page } from 'puppeteer';
import { oneLine, usageError } from '../../command-line/errors.ts';
import { textOption } from '../../command-line/parsing/framework-options.ts';
import type { BrowserFramework } from '../../frameworks/framework.ts';
import type { FrameworkSettings } from '../../settings/settings.ts';
import { type ClockDistance, monotonicNow } from '../clock.ts';
import { pageBundle } from '../engine-code.ts';
import { EngineFailure } from '../engine-failure.ts';
import { type OpenBrowser, openBrowser } from './open-browser.ts';
import { PageServer } from './page-server.ts';

export interface BrowserPage extends OpenBrowser {
  page: Page;
  session: CDPSession;
  server: PageServer;
  clock: PageClock;
  /** 'Chrome/156.0.8078.79' */
  version: string;
}

const blank = '<!doctype html><title>Tokenlap</title><script type="module" src="/page.js"></script>';

/** @throws EngineMissing, EngineFailure; nothing is left running then */
export async function openBrowserPage(framework: BrowserFramework, given: FrameworkSettings): Promise<BrowserPage> {
  const code = await pageBundle(framework.module);
  const made = new Map([
    ['/', blank],
    ['/page.js', code],
  ]);
  const server = await PageServer.start(made, pagePort(textOption(given, 'pagePort')));
  let opened: OpenBrowser | undefined;
  let page: Page | undefined;
  try {
    server.serve(await framework.files({ given, offline: framework.offline === true }));
    opened = await openBrowser(given);
    const { browser } = opened;
    // A browser of somebody else's keeps the pages that it shows.
    const [first] = opened.process === null ? [] : await browser.pages();
    page = first ?? (await browser.newPage());
    const session = await page.createCDPSession();
    await openEngine(framework.title, page, session, server.url);
    const clock = await alignPageClock((expression) => evaluate(session, expression));
    return { ...opened, page, session, server, clock, version: await browser.version() };
  } catch (error) {
    if (opened?.process === null) {
      await page?.close().catch(() => {});
      await opened.browser.disconnect();
    } else await opened?.browser.close().catch(() => {});
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** 0, any free one, unless one is asked for: by a phone the port has to be known beforehand. */
function pagePort(asked = ''): number {
  const port = Number(asked);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw usageError(`--page-port "${asked}" is no port`, 'Give a number from 1 to 65535, or leave it out.');
}

async function openEngine(title: string, page: Page, session: CDPSession, url: string): Promise<void> {
  const said: string[] = [];
  const listen = (error: unknown) => said.push(oneLine(error));
  page.on('pageerror', listen);
  await session.send('Runtime.enable');
  await session.send('Runtime.addBinding', { name: 'tokenlapSend' });
  try {
    await page.goto(url, { waitUntil: 'load' });
  } catch (error) {
    throw new EngineFailure(
      `the browser cannot show ${url}: ${oneLine(error)}`,
      'On another device, forward the port to this machine and name it with --page-port; see docs/mlc.md.',
      '',
    );
  }
  page.off('pageerror', listen);
  if ((await evaluate(session, 'typeof tokenlapReceive')) === 'function') return;
  throw new EngineFailure(
    `the page of the ${title} engine did not start: ${said[0] ?? 'it said nothing'}`,
    'The browser may be too old: take a current Chrome, Chromium or Edge.',
    said.join('\n'),
  );
}

async function evaluate(session: CDPSession, expression: string): Promise<unknown> {
  const { result } = await session.send('Runtime.evaluate', { expression, returnByValue: true });
  return result.value;
}

/** `errorNs` is half of the quickest exchange. */
export interface PageClock extends ClockDistance {
  /** The smallest step that the page's clock makes. Nanoseconds. */
  resolutionNs: number;
}

/** Runs an expression in the page and brings its value back. */
export type Evaluate = (expression: string) => Promise<unknown>;

const exchanges = 40;

/** Watches the clock for two milliseconds. */
const smallestStep = `(() => {
  const end = performance.now() + 2;
  let smallest = Infinity;
  for (let last = performance.now(), now = last; last < end; last = now) {
    now = performance.now();
    if (now > last && now - last < smallest) smallest = now - last;
  }
  return smallest;
})()`;

/**
 * Where the clock of a page lies on the clock of the harness. A page counts from its own start, so it is asked for the
 * time again and again; the reading lies between question and answer, and the quickest exchange is the most exact.
 */
export async function alignPageClock(evaluate: Evaluate, now: () => bigint = monotonicNow): Promise<PageClock> {
  let best = { zeroNs: 0n, errorNs: Number.POSITIVE_INFINITY };
  for (let i = 0; i < exchanges; i++) {
    const askedNs = now();
    const pageMs = Number(await evaluate('performance.now()'));
    const answeredNs = now();
    const errorNs = Number(answeredNs - askedNs) / 2;
    if (errorNs >= best.errorNs) continue;
    best = { zeroNs: (askedNs + answeredNs) / 2n - BigInt(Math.round(pageMs * 1e6)), errorNs: Math.ceil(errorNs) };
  }
  return { ...best, resolutionNs: Math.round(Number(await evaluate(smallestStep)) * 1e6) };
}

/** The page that an engine lives in: a browser, a server on the loopback interface, the engine's code, and its clock. */

import type { CDPSession, Page } from 'puppeteer';
import { exitCodes, oneLine, UserError } from '../../command-line/errors.ts';
import type { BrowserFramework } from '../../frameworks/framework.ts';
import { textOption } from '../../settings/framework-options.ts';
import type { FrameworkSettings } from '../../settings/settings.ts';
import { EngineFailure } from '../engine-failure.ts';
import { type OpenBrowser, openBrowser } from './open-browser.ts';
import { pageBundle } from './page-bundle.ts';
import { alignPageClock, type PageClock } from './page-clock.ts';
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
  throw new UserError(`--page-port "${asked}" is no port`, {
    exitCode: exitCodes.usage,
    remedy: 'Give a number from 1 to 65535, or leave it out.',
  });
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

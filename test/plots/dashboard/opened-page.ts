/** A dashboard in a real browser, opened from its file, with everything it complains of or asks for. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'puppeteer';

export interface OpenedPage {
  readonly page: Page;
  /** Errors and warnings of the console, and what was thrown. */
  readonly complaints: string[];
  /** Addresses that it asked for, its own file aside. */
  readonly requests: string[];
  /** Downloads come here. */
  readonly folder: string;
}

export async function openPage(browser: Browser, html: string, { width = 1440, hash = '' } = {}): Promise<OpenedPage> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenlap-dashboard-'));
  const path = join(folder, 'dashboard.html');
  writeFileSync(path, html);
  const page = await browser.newPage();
  const [complaints, requests]: [string[], string[]] = [[], []];
  page.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    // The icons of a browser's own date fields are data.
    if (!/^(file|data):/.test(request.url())) requests.push(request.url());
  });
  const session = await page.createCDPSession();
  await session.send('Page.setDownloadBehavior', { behavior: 'allow', downloadPath: folder });
  await page.setViewport({ width, height: 900 });
  await page.goto(pathToFileURL(path).href + hash);
  await page.waitForSelector('[data-drawn]');
  return { page, complaints, requests, folder };
}

const drawnTimes = "document.documentElement.dataset.drawn ?? ''";
const mostWaitMs = 20_000;

/** Does something and waits until the page has drawn what follows from it. */
export async function drawnAfter(page: Page, act: () => Promise<unknown>): Promise<void> {
  const before = await page.evaluate(drawnTimes);
  await act();
  const started = performance.now();
  while ((await page.evaluate(drawnTimes)) === before) {
    if (performance.now() - started > mostWaitMs) throw new Error('nothing was drawn');
    await setTimeout(5);
  }
}

export async function press(page: Page, selector: string): Promise<void> {
  await drawnAfter(page, () => page.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`));
}

export async function textOf(page: Page, selector: string): Promise<string> {
  return String(await page.evaluate(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? ''`));
}

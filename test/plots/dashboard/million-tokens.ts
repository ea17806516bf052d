/**
 * How fast a dashboard with a million token rows is in a real browser: the size of its file, the time until it can be used, that of
 * a filter, and the memory of its page. Prints a row for each of two shapes; docs/dashboard.md has the figures.
 *
 *     npx tsx test/plots/dashboard/million-tokens.ts
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'puppeteer';
import { makeDashboard } from '../../../plots/dashboard/build.ts';
import { pageCode } from '../../../plots/dashboard/bundle.ts';
import { plotData } from '../../../plots/data/plot-data.ts';
import { print, table } from '../../../scripts/command-line/terminal.ts';
import { openBrowser } from '../../../scripts/engine/browser/open-browser.ts';
import { shapedRuns } from '../row-factory.ts';
import { tokensOf } from './dashboard-data.ts';
import { drawnAfter, press } from './opened-page.ts';

const shape = {
  frameworks: ['llamacpp', 'pytorch', 'onnx', 'tinygrad', 'openvino'],
  quantizations: ['F16', 'Q8_0'],
  hosts: ['box-1', 'box-2'],
};
const cells = 20;

/** Each filter and each view of it, as a person goes through them. */
const filters = ['box-1', 'llamacpp', 'pytorch', 'Q8_0', 'box-2', 'onnx', 'F16', 'tinygrad'];
const views = ['latency', 'tradeoff', 'run', 'pair', 'comparison'];

const sizes = [
  { runs: 1000, tokens: 1320 },
  { runs: 10_000, tokens: 132 },
];

async function measured({ runs: count, tokens }: (typeof sizes)[number]): Promise<string[]> {
  const rows = shapedRuns({ ...shape, runs: count / cells }).map((run, i) => ({
    ...run,
    started_at: new Date(Date.UTC(2026, 0, 1, 0, i)).toISOString(),
  }));
  const { html, tokens: all } = await makeDashboard(
    plotData(rows),
    tokensOf(rows, { answers: 11, tokens: tokens / 11 }),
  );
  const folder = mkdtempSync(join(tmpdir(), 'tokenlap-dashboard-'));
  const path = join(folder, 'dashboard.html');
  writeFileSync(path, html);
  const { browser, cleaned } = await openBrowser({});
  try {
    const page = await browser.newPage();
    await page.setViewport({ width: 1440, height: 900 });
    const started = performance.now();
    await page.goto(pathToFileURL(path).href);
    await page.waitForSelector('[data-drawn]');
    const usableMs = performance.now() - started;
    const filterMs: number[] = [];
    for (const value of filters) filterMs.push(await timeOf(page, `input[value="${value}"]`));
    await press(page, '.clear');
    const viewMs: number[] = [];
    for (const view of views) viewMs.push(await timeOf(page, `[data-view=${view}]`));
    const { JSHeapUsedSize = 0 } = await page.metrics();
    return [
      ...[String(count), String(all), (html.length / 1e6).toFixed(2), (usableMs / 1000).toFixed(2)],
      ...[slowest(filterMs), slowest(viewMs), (JSHeapUsedSize / 1e6).toFixed(0)],
    ];
  } finally {
    await browser.close();
    await cleaned;
    rmSync(folder, { recursive: true, force: true });
  }
}

async function timeOf(page: Page, selector: string): Promise<number> {
  const started = performance.now();
  await drawnAfter(page, () => page.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`));
  return performance.now() - started;
}

/** Of so few, the 95th percentile is the slowest. */
const slowest = (times: readonly number[]) => Math.max(...times).toFixed(0);

const head = ['runs', 'tokens', 'file [MB]', 'usable [s]', 'filter, slowest [ms]', 'view, slowest [ms]', 'heap [MB]'];
const results: string[][] = [];
for (const size of sizes) results.push(await measured(size));
print(table(head, results, 'rrrrrrr'));
print(`Code of the page: ${((await pageCode()).length / 1e6).toFixed(2)} MB.`);

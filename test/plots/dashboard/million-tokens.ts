/**
 * How fast a dashboard with a million token rows is in a real browser: the size of its file, the time until it can be used, that of
 * a filter in five views, and the memory of its page. Prints a row for each of two shapes; docs/dashboard.md has the figures.
 *
 *     npx tsx test/plots/dashboard/million-tokens.ts
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'puppeteer';
import { historiesOf } from '../../../collate/regressions/trend/history.ts';
import { judgeSeries } from '../../../collate/regressions/trend/judge.ts';
import { makeDashboard } from '../../../plots/dashboard/build.ts';
import { pageCode } from '../../../plots/dashboard/bundle.ts';
import { plotData } from '../../../plots/data/plot-data.ts';
import { print, table } from '../../../scripts/command-line/terminal.ts';
import { openBrowser } from '../../../scripts/engine/browser/open-browser.ts';
import { quantile } from '../../../scripts/statistics/statistics.ts';
import { nightlyRuns } from '../../collate/regressions/nightly-runs.ts';
import { ceilingsOf, roofOf } from '../many-groups.ts';
import { shapedRuns } from '../row-factory.ts';
import { tokensOf } from './dashboard-data.ts';
import { drawnAfter } from './opened-page.ts';

const hosts = ['box-1', 'box-2'];
const shape = {
  frameworks: ['llamacpp', 'pytorch', 'onnx', 'tinygrad', 'openvino'],
  quantizations: ['F16', 'Q8_0'],
  hosts,
};
const cells = 20;
const answers = 11;
/** A year of nights, for a trend; they have no tokens. */
const nights = nightlyRuns(365, (night) => ({ rate: night < 200 ? 50 : 44 }));

const filters = ['box-1', 'llamacpp', 'pytorch', 'Q8_0', 'box-2', 'onnx', 'F16', 'tinygrad'];
const views = ['comparison', 'latency', 'trend', 'roofline', 'tradeoff'];

async function measured(count: number, tokens: number): Promise<string[]> {
  const rows = shapedRuns({ ...shape, runs: count / cells }).map((run, i) => ({
    ...run,
    ...roofOf(run),
    started_at: new Date(Date.UTC(2026, 0, 1, 0, i)).toISOString(),
  }));
  const data = plotData([...rows, ...nights], {
    hardware: hosts.flatMap(ceilingsOf),
    trend: judgeSeries(historiesOf(nights), []),
  });
  const made = await makeDashboard(data, tokensOf(rows, { answers, tokens: tokens / answers }));
  const folder = mkdtempSync(join(tmpdir(), 'tokenlap-dashboard-'));
  const path = join(folder, 'dashboard.html');
  writeFileSync(path, made.html);
  const { browser, cleaned } = await openBrowser({});
  try {
    const page = await browser.newPage();
    await page.setViewport({ width: 1440, height: 900 });
    const usableMs = await timeOf(async () => {
      await page.goto(pathToFileURL(path).href);
      await page.waitForSelector('[data-drawn]');
    });
    const [viewMs, filterMs]: [number[], number[]] = [[], []];
    for (const view of views) {
      viewMs.push(await timeOf(() => pressed(page, `[data-view=${view}]`)));
      for (const value of filters) filterMs.push(await timeOf(() => pressed(page, `input[value="${value}"]`)));
      await pressed(page, '.clear');
    }
    return [
      ...[String(count), String(made.tokens), (made.html.length / 1e6).toFixed(2), (usableMs / 1000).toFixed(2)],
      ...[p95(filterMs), Math.max(...viewMs)].map((ms) => ms.toFixed(0)),
      String(Math.round((await pageBytes(browser)) / 1e6)),
    ];
  } finally {
    await browser.close();
    await cleaned;
    rmSync(folder, { recursive: true, force: true });
  }
}

async function timeOf(act: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await act();
  return performance.now() - started;
}

function pressed(page: Page, selector: string): Promise<void> {
  return drawnAfter(page, () => page.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`));
}

function p95(times: readonly number[]): number {
  return quantile(
    times.toSorted((a, b) => a - b),
    0.95,
  );
}

/** Memory of the process that shows the page, what it shares with others divided by their number; where /proc tells. */
async function pageBytes(browser: Browser): Promise<number> {
  const session = await browser.target().createCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const pages = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => `/proc/${id}/smaps_rollup`);
  const kilobytes = pages.map((path) => Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(path, 'utf8'))?.[1] ?? 0));
  return Math.max(0, ...kilobytes) * 1024;
}

const head = ['runs', 'tokens', 'file [MB]', 'usable [s]', 'filter p95 [ms]', 'view, slowest [ms]', 'memory [MB]'];
const results: string[][] = [];
for (const [runs, tokens] of [
  [1000, 1320],
  [10_000, 132],
] as const)
  results.push(await measured(runs, tokens));
print(table(head, results, 'rrrrrrr'));
print(`Code of the page: ${((await pageCode()).length / 1e6).toFixed(2)} MB.`);

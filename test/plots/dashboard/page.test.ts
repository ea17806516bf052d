/** The dashboard as a browser shows it, opened from its file. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import type { Page } from 'puppeteer';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { z } from 'zod';
import { makeDashboard } from '../../../plots/dashboard/build.ts';
import { mainGroup } from '../../../plots/data/main-group.ts';
import { leadingAnswer } from '../../../plots/report/sections/opening.ts';
import { type OpenBrowser, openBrowser } from '../../../scripts/engine/browser/open-browser.ts';
import { itInBrowser } from '../../scripts/engine/browser/in-browser.ts';
import { completedRun } from '../row-factory.ts';
import { everything, tokensOf } from './dashboard-data.ts';
import { drawnAfter, type OpenedPage, openPage, press, textOf } from './opened-page.ts';

const looks = readFileSync(fileURLToPath(new URL('./page-looks.js', import.meta.url)), 'utf8');

const hostile = completedRun({
  uuid: 'ffffffff-0000-4000-8000-000000000000',
  hostname: '<img src=x onerror="document.title=1">',
  model: "</script><script>document.title='taken'</script>",
  started_at: '2026-11-29T10:00:00.000Z',
});
const data = everything([hostile]);
const views = [
  'comparison',
  'recommendation',
  'latency',
  'trend',
  'roofline',
  'tradeoff',
  'memory',
  'scaling',
  'load',
  'run',
  'pair',
];

let opened: OpenBrowser | undefined;
let html = '';

beforeAll(async () => {
  html = (await makeDashboard(data, tokensOf(data.runs))).html;
});

afterAll(async () => {
  await opened?.browser.close();
  await opened?.cleaned;
});

async function open(given: { width?: number; hash?: string } = {}): Promise<OpenedPage> {
  opened ??= await openBrowser({});
  const found = await openPage(opened.browser, html, given);
  await found.page.evaluate(looks);
  return found;
}

const ask = (page: Page, question: string): Promise<unknown> => page.evaluate(`looks.${question}`);
const violationsSchema = z.array(z.object({ id: z.string(), impact: z.string().nullable() }));

describe('a dashboard that is opened from its file', () => {
  itInBrowser('answers in a sentence, a chart and a table without a click, and asks for nothing', async () => {
    const main = mainGroup(data.groups);
    const sentence = main === undefined ? '' : leadingAnswer(data.groups, main).sentence;
    const { page, complaints, requests } = await open();
    expect(await textOf(page, '.sentence')).toBe(sentence);
    expect(Number(await ask(page, 'marks()'))).toBeGreaterThan(10);
    expect(await textOf(page, '.numbers caption')).toContain('End to end');
    expect(await textOf(page, '.count')).toBe(`All ${data.runs.length} runs are shown.`);
    expect([complaints, requests]).toEqual([[], []]);
    expect(await page.title()).toBe('Tokenlap dashboard');
  });

  itInBrowser.each([
    { width: 390, theme: 'light' },
    { width: 1440, theme: 'dark' },
  ])(
    'draws every view $width pixels wide, $theme, with nothing cut, overlapping or hard to reach',
    async ({ width, theme }) => {
      const { page, complaints } = await open({ width, hash: `#v=1&theme=${theme}` });
      await page.evaluate(axe.source);
      const found: Record<string, unknown> = {};
      for (const view of views) {
        await press(page, `[data-view=${view}]`);
        const violations = violationsSchema.parse(
          await page.evaluate("axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)"),
        );
        found[view] = [
          await ask(page, 'faults()'),
          violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id),
          Number(await ask(page, 'marks()')) > 5,
        ];
      }
      expect(found).toEqual(Object.fromEntries(views.map((view) => [view, [[], [], true]])));
      expect(complaints).toEqual([]);
    },
  );

  itInBrowser('answers each of the seven questions one click away, and each with a chart', async () => {
    const { page } = await open();
    const found: unknown[] = [];
    for (let place = 1; place <= 7; place++) {
      await press(page, `.questions li:nth-child(${place}) button`);
      found.push([await textOf(page, 'nav [aria-current]'), Number(await ask(page, 'marks()')) > 5]);
    }
    const views = ['Comparison', 'What to run', 'Comparison', 'Over time', 'Roofline', 'Trade-off', 'Load'];
    expect(found).toEqual(views.map((view) => [view, true]));
    await press(page, '.questions li:nth-child(3) button');
    expect(await textOf(page, '.numbers caption')).toBe('Time to first token');
  });

  itInBrowser('filters by a tick, keeps it in the address, and is there again when that is opened', async () => {
    const { page } = await open();
    const of = data.runs.filter(({ hostname }) => hostname === 'nightly-box').length;
    await press(page, 'input[value=nightly-box]');
    expect(await textOf(page, '.count')).toBe(`${of} of ${data.runs.length} runs are shown.`);
    expect(new Set(z.array(z.string()).parse(await ask(page, 'column(6)')))).toEqual(new Set(['nightly-box']));
    const hash = String(await page.evaluate('location.hash'));
    expect(hash).toBe('#v=1&host=nightly-box');
    const again = await open({ hash });
    expect(await textOf(again.page, '.count')).toBe(`${of} of ${data.runs.length} runs are shown.`);
    await press(again.page, '.clear');
    expect(await textOf(again.page, '.count')).toBe(`All ${data.runs.length} runs are shown.`);
  });

  itInBrowser('recommends for the host, the frameworks and the goal that were chosen', async () => {
    const { page } = await open({
      hash: '#v=1&view=recommendation&host=box-1&framework=pytorch&choose-goal=memory',
    });
    expect(await textOf(page, '.sentence')).toMatch(/^On box-1 run smollm2-135m in Q4_0 with llama\.cpp .*166 MB/);
    expect(await textOf(page, '.canvas svg')).toContain('Memory (MB)');
    const rows = z
      .array(z.string())
      .parse(
        await page.evaluate("[...document.querySelectorAll('.numbers tbody th')].map((cell) => cell.textContent)"),
      );
    expect(rows).toEqual(['Q4_0', 'Q8_0', 'F16'].map((format) => `${format} with PyTorch (cpu, 2 threads)`));
    expect(await textOf(page, '.commands')).toContain('--host box-1 --goal memory');
    await press(page, '.clear');
    expect(await textOf(page, '.numbers + .numbers tbody')).toMatch(/llama135Msmollm2-135m.*box-1.*166 MB/);
  });

  itInBrowser('says what a mark is, and filters by a click on it', async () => {
    const { page } = await open();
    const { x, y } = z
      .object({ x: z.number(), y: z.number() })
      .parse(await ask(page, "middleOf('.canvas .layer_0_marks path', 0)"));
    await page.mouse.move(x, y - 5);
    expect(await textOf(page, '.tooltip')).toContain('Click: only this framework');
    await drawnAfter(page, () => page.mouse.click(x, y - 5));
    expect(String(await page.evaluate('location.hash'))).toContain('framework=');
  });

  itInBrowser('draws the change that the trends found, where it is', async () => {
    const { page } = await open({ hash: '#v=1&view=trend&host=nightly-box' });
    expect(await textOf(page, '.sentence')).toMatch(/it got worse, -1[12]\.\d % since 2026-01-31/);
    expect(await textOf(page, '.canvas svg')).toMatch(/-1[12]\.\d %/);
  });

  itInBrowser('saves charts and runs as files', async () => {
    const { page, folder } = await open({ hash: '#v=1&host=nightly-box' });
    for (const kind of ['svg', 'png', 'csv', 'json'])
      await page.evaluate(`document.querySelector('[data-save=${kind}]').click()`);
    const files = ['comparison-e2e_mean_ms.svg', 'comparison-e2e_mean_ms.png', 'runs.csv', 'runs.json'].map((name) =>
      join(folder, name),
    );
    for (let tries = 0; tries < 100 && !files.every(existsSync); tries++) await setTimeout(50);
    const [svg = '', png = '', csv = '', json = ''] = files;
    expect(readFileSync(svg, 'utf8')).toMatch(/^<svg.*End to end/s);
    expect(readFileSync(png).subarray(1, 4).toString()).toBe('PNG');
    expect(readFileSync(csv, 'utf8').trimEnd().split('\n')).toHaveLength(51);
    const rows = z
      .array(z.object({ hostname: z.string(), decode_tokens_per_s: z.number() }))
      .parse(JSON.parse(readFileSync(json, 'utf8')));
    const nights = data.runs.filter(({ hostname }) => hostname === 'nightly-box');
    expect(rows.map((row) => row.decode_tokens_per_s)).toEqual(nights.map((run) => run.decode_tokens_per_s));
  });

  itInBrowser('holds only the rows in sight, sorts them, and is gone through with the keyboard alone', async () => {
    const { page } = await open();
    expect(Number(await ask(page, 'rowsInPage()'))).toBeLessThan(40);
    await press(page, '[data-column=decode_tokens_per_s]');
    const place =
      1 +
      Number(
        await page.evaluate(
          "[...document.querySelectorAll('.runs thead th')].findIndex((cell) => cell.ariaSort === 'descending')",
        ),
      );
    const rates = z
      .array(z.string())
      .parse(await ask(page, `column(${place})`))
      .map(Number.parseFloat);
    expect(rates).toEqual(rates.toSorted((a, b) => b - a));
    await page.focus('.skip');
    await page.keyboard.press('Enter');
    for (const key of ['End', 'ArrowUp', 'Home', 'ArrowDown'] as const) await page.keyboard.press(key);
    await drawnAfter(page, () => page.keyboard.press('Enter'));
    expect(String(await page.evaluate('location.hash'))).toContain('view=run');
    expect(await textOf(page, '.sentence')).toMatch(/\d+ tokens in 3 answers/);
    expect(await ask(page, 'focus()')).toBe(await textOf(page, '.sentence'));
  });

  itInBrowser('has every view and filter on the way of the Tab key', async () => {
    const { page } = await open();
    const reached = new Set<unknown>();
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      reached.add(await ask(page, 'focus()'));
    }
    const titles = [
      'Comparison',
      'What to run',
      'Over time',
      'Roofline',
      'Load',
      'Two runs',
      'Save as SVG',
      'Save these runs as CSV',
      'Host: all',
    ];
    expect(titles.filter((title) => !reached.has(title))).toEqual([]);
  });

  itInBrowser('puts two runs side by side, with what was measured otherwise', async () => {
    const { page } = await open({ hash: '#v=1&host=nightly-box' });
    await press(page, '[data-action=compare]');
    await page.evaluate("document.querySelectorAll('[data-action=compare]')[5].click()");
    await press(page, '[data-view=pair]');
    expect(await textOf(page, '.sentence')).toContain('measured the same thing');
    expect(await textOf(page, '.numbers table')).toMatch(/Decode rate.*×/);
  });

  itInBrowser('shows what a log says as text, whatever it says', async () => {
    const { page, complaints } = await open({ hash: `#v=1&view=run&run=${hostile.uuid}` });
    expect(await textOf(page, '.sentence')).toContain('<img src=x');
    expect(await page.title()).toBe('Tokenlap dashboard');
    expect(Number(await page.evaluate("document.querySelectorAll('img').length"))).toBe(0);
    expect(complaints).toEqual([]);
  });

  itInBrowser('survives an address of nonsense', async () => {
    const { page, complaints } = await open({
      hash: '#v=1&view=none&host=nobody&sort=x&choose-figure=y&from=today&run=0',
    });
    expect(await textOf(page, '.count')).toContain('0 of');
    expect(complaints).toEqual([]);
  });
});

/** report.html as a browser shows it: opened from a file, at several widths, light and dark, on screen and on paper. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Page } from 'puppeteer';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { z } from 'zod';
import { charts } from '../../plots/charts/registry.ts';
import type { PlotData } from '../../plots/data/plot-data.ts';
import { type ReportDocument, reportSchema } from '../../plots/report/document.ts';
import { renderHtml } from '../../plots/report/html.ts';
import { type OpenBrowser, openBrowser } from '../../scripts/engine/browser/open-browser.ts';
import { itInBrowser } from '../scripts/engine/browser/in-browser.ts';
import { dataFor, python as pythonData } from './chart-data.ts';
import { drawChart, reportOf } from './drawn.ts';
import { manyGroups } from './many-groups.ts';

const folder = mkdtempSync(join(tmpdir(), 'tokenlap-page-'));
const looks = readFileSync(fileURLToPath(new URL('./page-looks.js', import.meta.url)), 'utf8');
const complaints: string[] = [];
let opened: OpenBrowser | undefined;
let many = '';
let python = '';
let each = '';

async function written(name: string, data: PlotData): Promise<string> {
  const pictures = new Map<string, string>();
  for (const chart of charts) {
    const picture = await drawChart(chart, data);
    if (picture !== null) pictures.set(chart.name, picture.svg);
  }
  const path = join(folder, `${name}.html`);
  writeFileSync(path, await renderHtml(reportOf(data), pictures));
  return pathToFileURL(path).href;
}

/** Each chart with data of its own. */
async function everyChart(): Promise<string> {
  const pictures = new Map<string, string>();
  for (const chart of charts) {
    const picture = await drawChart(chart, dataFor(chart.name));
    if (picture !== null) pictures.set(chart.name, picture.svg);
  }
  const blocks = charts.map(({ name }) => ({
    kind: 'figure' as const,
    chart: name,
    title: name,
    alt: name,
    files: {},
  }));
  const sections = [{ id: 'charts', title: 'Charts', blocks }];
  const path = join(folder, 'charts.html');
  const document: ReportDocument = { schema: reportSchema, title: 'Charts', subtitle: '', sections, appendix: [] };
  writeFileSync(path, await renderHtml(document, pictures));
  return pathToFileURL(path).href;
}

beforeAll(async () => {
  each = await everyChart();
  many = await written('many', manyGroups());
  python = await written('python', pythonData);
});

afterAll(async () => {
  await opened?.browser.close();
  await opened?.cleaned;
  rmSync(folder, { recursive: true, force: true });
});

const roomSchema = z.object({
  beyond: z.number(),
  widestTable: z.number(),
  column: z.number(),
  scrollingFigures: z.number(),
  covered: z.number(),
});

interface Reader {
  width?: number;
  height?: number;
  scheme?: 'light' | 'dark';
  paper?: boolean;
  script?: boolean;
}

async function withPage<T>(
  url: string,
  { width = 1280, height = 900, scheme = 'light', paper = false, script = true }: Reader,
  look: (page: Page) => Promise<T>,
): Promise<T> {
  opened ??= await openBrowser({});
  const page = await opened.browser.newPage();
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  try {
    await page.setJavaScriptEnabled(script);
    await page.setViewport({ width, height });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    if (paper) await page.emulateMediaType('print');
    await page.goto(url);
    await page.evaluate(looks);
    await page.evaluate('document.fonts.ready.then(() => undefined)');
    return await look(page);
  } finally {
    await page.close();
  }
}

const ask = (page: Page, question: string): Promise<unknown> => page.evaluate(`looks.${question}`);

describe('report.html', () => {
  itInBrowser('carries its font, and needs and allows nothing else', async () => {
    expect(await withPage(python, {}, (page) => ask(page, 'fonts()'))).toEqual([
      'Inter 400 loaded',
      'Inter 600 loaded',
    ]);
    expect(complaints).toEqual([]);
    expect(await withPage(python, {}, (page) => ask(page, 'inject()'))).toBe('Benchmark report');
    expect(complaints.splice(0).join()).toContain('Content Security Policy');
  });

  itInBrowser.each(['many', 'python', 'each'] as const)(
    'has no text on another one and none that is cut (%s)',
    async (which) => {
      const url = { many, python, each }[which];
      expect(await withPage(url, {}, (page) => ask(page, 'faultyTexts()'))).toEqual([]);
    },
  );

  itInBrowser(
    'draws every chart on dark paper where the system is dark, in colours that can be told from it',
    async () => {
      const papers = z
        .array(z.object({ paper: z.string(), worst: z.number() }))
        .parse(await withPage(python, { scheme: 'dark' }, (page) => ask(page, 'papers()')));
      expect(papers.length).toBeGreaterThan(8);
      for (const { paper, worst } of papers) {
        expect(paper).toBe('rgb(20, 23, 26)');
        expect(worst).toBeGreaterThan(4.5);
      }
      expect(await withPage(python, { scheme: 'dark', paper: true }, (page) => ask(page, 'papers()'))).toContainEqual(
        expect.objectContaining({ paper: 'rgb(255, 255, 255)' }),
      );
    },
  );

  itInBrowser('scrolls wide tables inside themselves, with head and names in sight', async () => {
    const seen = z
      .object({
        pageIsWider: z.literal(false),
        name: z.string().min(5),
        left: z.number().positive(),
        top: z.number().positive(),
        head: z.number().max(2),
        rowHead: z.number().max(2),
        shadows: z.literal(6),
      })
      .safeParse(await withPage(many, { width: 400, height: 800 }, (page) => ask(page, "scrolled('#speed .scroll')")));
    expect(seen.error?.message).toBeUndefined();
  });

  itInBrowser('gives tables and charts the window where it is wide, and cuts no chart where it is narrow', async () => {
    const roomAt = async (width: number) =>
      roomSchema.parse(await withPage(many, { width }, (page) => ask(page, 'room()')));
    const wide = await roomAt(1280);
    expect(wide.widestTable).toBeGreaterThan(wide.column + 200);
    for (const { beyond, scrollingFigures, covered } of [wide, await roomAt(400)]) {
      expect(beyond).toBeLessThanOrEqual(0);
      expect({ scrollingFigures, covered }).toEqual({ scrollingFigures: 0, covered: 0 });
    }
  });

  itInBrowser('scrolls a table by keyboard', async () => {
    const left = await withPage(many, { width: 400, height: 800 }, async (page) => {
      await page.focus('#speed .scroll');
      await page.keyboard.press('ArrowRight');
      await page.waitForFunction("document.querySelector('#speed .scroll').scrollLeft > 0", { timeout: 5000 });
      return page.evaluate("document.querySelector('#speed .scroll').scrollLeft");
    });
    expect(left).toBeGreaterThan(0);
  });

  itInBrowser('sorts a table by figures and not by their text, and back', async () => {
    await withPage(many, {}, async (page) => {
      const column = async () => z.array(z.string()).parse(await ask(page, "column('#answer', 1)"));
      const head = '#answer thead th:nth-child(2)';
      const asWritten = await column();
      await page.focus(`${head} button`);
      await page.keyboard.press('Enter');
      const up = await column();
      expect(up.map(Number)).toEqual(asWritten.map(Number).sort((a, b) => a - b));
      // 723 stands before 1134, which it does not as text.
      expect([...up].sort()).not.toEqual(up);
      expect(await page.$eval(head, (cell) => cell.getAttribute('aria-sort'))).toBe('ascending');
      await page.keyboard.press('Enter');
      expect(await column()).toEqual(up.toReversed());
      await page.keyboard.press('Enter');
      expect(await column()).toEqual(asWritten);
    });
  });

  itInBrowser('copies a command by keyboard and says so, or marks it where a page may not copy', async () => {
    for (const isAllowed of [true, false]) {
      await withPage(python, {}, async (page) => {
        await ask(page, `clipboard(${isAllowed})`);
        await page.focus('#reproduce .commands button');
        await page.keyboard.press('Enter');
        await page.waitForFunction("document.querySelector('#reproduce .commands button').textContent !== 'Copy'");
        const said = z.record(z.string(), z.string().nullable()).parse(await ask(page, "commands('#reproduce')"));
        expect(said.code).toContain('plots/generate.ts');
        expect(said.button).toBe(isAllowed ? 'Copied' : 'Marked: press Ctrl+C');
        expect(isAllowed ? said.copied : said.marked).toBe(said.code);
      });
    }
  });

  itInBrowser('is whole without a script: plain tables, no dead buttons', async () => {
    await withPage(python, { script: false }, async (page) => {
      expect(await page.$$('button')).toEqual([]);
      expect((await page.$$('tbody tr')).length).toBeGreaterThan(20);
    });
  });

  // 96 pixels an inch, less margins of 14 mm.
  itInBrowser.each([
    ['A4', 210, 297],
    ['Letter', 215.9, 279.4],
  ])('fits on %s: the first page on one, no table or chart wider or taller', async (_, ...size) => {
    const [width = 0, height = 0] = size.map((mm) => Math.floor(((mm - 28) / 25.4) * 96));
    for (const url of [many, python]) {
      const found = z
        .object({ first: z.number(), tooWide: z.array(z.string()), tallestFigure: z.number(), buttons: z.number() })
        .parse(await withPage(url, { width, height, paper: true }, (page) => ask(page, 'onPaper()')));
      expect(found.first).toBeLessThan(height);
      expect(found.tooWide).toEqual([]);
      expect(found.tallestFigure).toBeLessThan(height);
      expect(found.buttons).toBe(0);
    }
  });
});

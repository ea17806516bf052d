import { beforeAll, describe, expect, it } from 'vitest';
import { charts } from '../../plots/charts/registry.ts';
import { type PlotData, plotData } from '../../plots/data/plot-data.ts';
import type { ReportDocument } from '../../plots/report/document.ts';
import { renderHtml } from '../../plots/report/html.ts';
import { renderMarkdown } from '../../plots/report/markdown.ts';
import { renderPdf } from '../../plots/report/pdf.ts';
import { escapeMarkdown } from '../../scripts/command-line/markdown-text.ts';
import { escapeXml } from '../../scripts/command-line/xml-text.ts';
import { drawAnew, drawChart, reportOf } from './drawn.ts';
import { completedRun, dataOf, shapedRuns } from './row-factory.ts';

const figures = new Map(charts.map(({ name }) => [name, { svg: `../plots/${name}.svg` }]));

async function picturesOf(data: PlotData, draw = drawChart): Promise<Map<string, string>> {
  const pictures = new Map<string, string>();
  for (const chart of charts) {
    const picture = await draw(chart, data);
    if (picture !== null) pictures.set(chart.name, picture.svg);
  }
  return pictures;
}

/** Every piece of text in the document. */
function textsOf(document: ReportDocument): string[] {
  return [
    document.title,
    document.subtitle,
    ...[...document.sections, ...document.appendix].flatMap((section) => [
      section.title,
      ...section.blocks.flatMap((block) => {
        switch (block.kind) {
          case 'paragraph':
            return [block.text];
          case 'list':
            return [...block.items];
          case 'commands':
            return [];
          case 'table':
            return [block.caption, ...block.rows.flat().map((cell) => cell.text)];
          case 'figure':
            return [block.title];
          default:
            return block satisfies never;
        }
      }),
    ]),
  ];
}

const answerOf = (document: ReportDocument): string => {
  const [first] = document.sections[0]?.blocks ?? [];
  return first?.kind === 'paragraph' ? first.text : '';
};

/** The sentence after the answer. */
const figuresIn = (document: ReportDocument): string => {
  const [, second] = document.sections[0]?.blocks ?? [];
  return second?.kind === 'paragraph' && second.role === 'text' ? second.text : '';
};

const sectionText = (document: ReportDocument, id: string): string =>
  textsOf({
    ...document,
    sections: document.sections.filter((section) => section.id === id),
    appendix: document.appendix.filter((section) => section.id === id),
  }).join(' | ');

const failed = completedRun({ framework: 'tinygrad', status: 'failed', error: 'out of memory at layer 3', uuid: 'x' });

describe('the opening of the report', () => {
  it('says who is fastest, by how much, how sure and where', () => {
    const document = reportOf(dataOf({ frameworks: ['llamacpp', 'pytorch'], quantizations: ['Q8_0'], runs: 6 }));
    expect(answerOf(document)).toMatch(
      /^Use llamacpp for smollm2-135m in the 8-bit class on box-1 \(cpu\): it answers fastest, 1\.5\d× as fast as pytorch\.$/,
    );
    expect(figuresIn(document)).toMatch(
      /^llamacpp takes \d+ ms for an answer of 64 tokens to a prompt of 40 tokens, pytorch \d+ ms \(ratio 1\.5\d×, 95 % interval 1\.5\d× to 1\.5\d×; 6 runs and 6 runs\)\.$/,
    );
  });

  it('gives no verdict where there are too few runs, and says how many are needed', () => {
    const document = reportOf(dataOf({ frameworks: ['llamacpp', 'pytorch'], quantizations: ['Q8_0'], runs: 2 }));
    expect(answerOf(document)).toContain('too few runs for a verdict');
    expect(sectionText(document, 'answer')).toContain('too few runs: 6 of each are needed');
    expect(sectionText(document, 'answer-in-full')).toContain('a verdict here 6');
  });

  it('does not call a difference what is noise', () => {
    const runs = ['llamacpp', 'pytorch'].flatMap((framework) =>
      [50, 51, 49, 50.5, 49.5, 50.2].map((rate, seed) =>
        completedRun({ framework, seed, iteration: seed, uuid: `${framework}${seed}` }, rate),
      ),
    );
    const document = reportOf(plotData(runs));
    expect(answerOf(document)).toMatch(/^Either \w+ or \w+ will do for .*: neither is detectably faster\.$/);
    expect(answerOf(document).split(' ').length).toBeLessThanOrEqual(25);
    expect(figuresIn(document)).toMatch(/The smallest difference detectable here is [\d.]+ %\.$/);
  });

  it('says why an interval without 1 in it is no difference', () => {
    const faster = [1.12, 1.02, 1.15, 1.0, 1.1, 1.03];
    const runs = ['llamacpp', 'pytorch'].flatMap((framework) =>
      faster.map((times, seed) =>
        completedRun(
          { framework, seed, iteration: seed, uuid: `${framework}${seed}` },
          framework === 'llamacpp' ? 50 * times : 50,
        ),
      ),
    );
    const document = reportOf(plotData(runs));
    expect(answerOf(document)).toMatch(/^Either/);
    expect(figuresIn(document)).toMatch(
      /The interval excludes 1, but a verdict asks for more: a p-value below 0\.01, corrected for the number of comparisons, and here it is 0\.0[1-4]\d*\.$/,
    );
    expect(sectionText(document, 'answer')).toContain('Nothing was left out.');
  });

  it('names a framework as its makers do, where the logs say how', () => {
    const titled = shapedRuns({ frameworks: ['llamacpp', 'pytorch'], quantizations: ['Q8_0'], runs: 6 }).map((run) => ({
      ...run,
      framework_title: run.framework === 'llamacpp' ? 'llama.cpp' : 'PyTorch',
    }));
    expect(answerOf(reportOf(plotData(titled)))).toMatch(/^Use llama\.cpp for .* as fast as PyTorch\.$/);
  });

  it('says how long a user waits, by which formula, and on which machine', () => {
    const document = reportOf(
      plotData([
        completedRun({ framework: 'llamacpp', uuid: 'a' }, 50),
        completedRun({ framework: 'pytorch', uuid: 'b' }, 40),
      ]),
    );
    const page = sectionText(document, 'answer');
    // 80 ms + 299 × 20 ms, and 100 ms + 299 × 25 ms.
    expect(page).toContain('A 300-token answer takes about 6.06 s with llamacpp and 7.57 s with pytorch');
    expect(page).toContain('time to first token + 299 × time per output token, from the measured medians');
    expect(page).toContain('Machine: box-1 (AMD EPYC 7B13, 2 cores, 24.0 GB of memory, linux 6.1.0).');
  });

  it('has a column for each setting in which contenders differ, and a sentence for the others', () => {
    const runs = shapedRuns({ frameworks: ['llamacpp', 'pytorch'], quantizations: ['Q8_0'], runs: 3 }).map((run) => ({
      ...run,
      flash_attention: run.framework === 'llamacpp' ? 'on' : null,
    }));
    const document = reportOf(plotData(runs));
    const settings = document.sections.find(({ id }) => id === 'settings');
    const table = settings?.blocks.find((block) => block.kind === 'table');
    expect(table?.columns.map(({ title }) => title)).toEqual(['Framework', 'Flash attention']);
    expect(table?.rows.map((row) => row.map(({ text }) => text))).toEqual([
      ['llamacpp', 'on'],
      ['pytorch', '–'],
    ]);
    expect(sectionText(document, 'settings')).toContain(
      'The same for all: 2 threads, context 512, batch 512, KV cache in f16.',
    );
  });

  it('says that the machine drifted over the session, and what that does to the comparison', () => {
    const speeds = { llamacpp: 100, pytorch: 80 };
    const runs = Object.entries(speeds).flatMap(([framework, rate]) =>
      [1, 0.95, 0.9, 0.84, 0.78, 0.7].map((left, iteration) =>
        completedRun({ framework, iteration, uuid: `${framework}${iteration}` }, rate * left * (1 + iteration / 1e3)),
      ),
    );
    const document = reportOf(plotData(runs));
    expect(answerOf(document)).toContain('1.25× as fast');
    expect(sectionText(document, 'answer')).toMatch(
      /The machine drifted: over the 6 rounds of the session decode rates fell by 2\d % \(p = 0\.0028\)/,
    );
  });

  it('does not rank frameworks whose outputs differ', () => {
    const runs = shapedRuns({ frameworks: ['llamacpp', 'pytorch'], quantizations: ['Q8_0'], runs: 6 }).map((run) =>
      run.framework === 'pytorch' ? { ...run, output_sha256: 'ff' } : run,
    );
    expect(answerOf(reportOf(plotData(runs)))).toContain('their outputs differ, so this is no ranking');
  });

  it('compares quantisations where there is one framework', () => {
    const document = reportOf(dataOf({ frameworks: ['llamacpp'], quantizations: ['F16', 'Q8_0'], runs: 6 }));
    expect(answerOf(document)).toMatch(/Q8_0 decodes fastest, 1\.\d+× as fast as F16\.$/);
    expect(figuresIn(document)).toMatch(/^Q8_0 decodes [\d.]+ tokens\/s, F16 [\d.]+ tokens\/s \(ratio 1\.\d+×/);
    expect(figuresIn(document)).toContain('The model takes 143 MB in Q8_0 and 269 MB in F16.');
    expect(figuresIn(document)).toContain('Questions answered correctly: 7 of 10 in Q8_0, 7 of 10 in F16.');
  });

  it('says that one run has no interval, and which command adds runs', () => {
    const document = reportOf(dataOf({ frameworks: ['llamacpp'], quantizations: ['Q8_0'], runs: 1 }));
    expect(figuresIn(document)).toContain('n = 1: there is no interval');
    expect(renderMarkdown(document)).toContain('--iterations 6');
  });

  it('says what became of the runs where none was completed', () => {
    const document = reportOf(plotData([failed]));
    expect(answerOf(document)).toContain('None of the 1 runs completed');
    expect(sectionText(document, 'did-not-run')).toContain('out of memory at layer 3');
  });

  it('has something to say about an empty table', () => {
    expect(answerOf(reportOf(plotData([])))).toBe('There are no runs yet.');
  });
});

describe('the report', () => {
  const data = dataOf({ frameworks: ['llamacpp', 'pytorch'], quantizations: ['F16', 'Q8_0'], runs: 3 }, [
    failed,
    completedRun({ framework: 'llamacpp', workload: 'kernel', uuid: 'k', pp_tokens_per_s: 777, tg_tokens_per_s: 54.3 }),
  ]);

  const document = reportOf(data, figures);
  let html: string;
  let pdf: Buffer;
  beforeAll(async () => {
    const pictures = await picturesOf(data);
    html = await renderHtml(document, pictures);
    pdf = renderPdf(document, pictures);
  });

  it('says the same in JSON, Markdown and HTML', () => {
    const markdown = renderMarkdown(document);
    for (const text of textsOf(document)) {
      expect(markdown).toContain(escapeMarkdown(text));
      expect(html.replaceAll('\u00a0', ' ')).toContain(escapeXml(text));
    }
  });

  it('is the same bytes every time, the PDF too', async () => {
    const again = await picturesOf(data, drawAnew);
    expect(await renderHtml(reportOf(data, figures), again)).toBe(html);
    expect(renderPdf(reportOf(data, figures), again).equals(pdf)).toBe(true);
  });

  it('is self-contained as HTML', () => {
    expect(html).not.toMatch(/<(link|img|iframe|script \w)/);
    expect(html.match(/<script>/g)).toHaveLength(1);
    expect(html).not.toMatch(/(src|href)="(?!#)|url\((?!data:font)/);
    expect(html.match(/<svg role="img" aria-label="/g)?.length).toBe(8);
  });

  it('is a PDF', () => {
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.toString('latin1').match(/\/Type \/Page\b/g)?.length).toBeGreaterThan(3);
  });

  it('keeps kernel rates in a table of their own', () => {
    expect(sectionText(document, 'kernel-workload')).toContain('54.3');
    expect(sectionText(document, 'speed')).not.toContain('54.3');
  });

  it('lists what failed with its reason, and what was never measured', () => {
    const hole = dataOf({ frameworks: ['llamacpp', 'pytorch'], quantizations: ['F16'], runs: 1 }, [
      completedRun({ framework: 'llamacpp', quantize: 'Q8_0', uuid: 'q' }),
      failed,
    ]);
    const text = sectionText(reportOf(hole, figures), 'did-not-run');
    expect(text).toContain('out of memory at layer 3');
    expect(text).toContain('pytorch | smollm2-135m | 8-bit | box-1 | cpu');
  });

  it('takes no name for markup', async () => {
    const hostile = '<img src=x>*_[a](b)#set $x$ `y` | \\ "q" é';
    const runs = [1, 2, 3].map((seed) =>
      completedRun({
        framework: hostile,
        model: hostile,
        hostname: hostile,
        seed,
        uuid: `h${seed}`,
        warnings: hostile,
      }),
    );
    const hostileData = plotData([...runs, { ...failed, error: hostile }]);
    const document = reportOf(hostileData, figures);
    const pictures = await picturesOf(hostileData);
    expect(await renderHtml(document, pictures)).not.toContain('<img');
    const markdown = renderMarkdown(document);
    const outsideCode = markdown.replaceAll(/^```sh$[\s\S]*?^```$/gm, '');
    expect(outsideCode).not.toContain('<img');
    expect(markdown).toContain("--frameworks '<img");
    expect(markdown).toContain('\\*\\_\\[a\\](b)\\#set \\$x\\$ \\`y\\` \\|');
    expect(renderPdf(document, pictures).length).toBeGreaterThan(1000);
  });
});

it('a completed run without a decode rate is said aloud, as it stands in no chart of rates', () => {
  const held = completedRun({ framework: 'openai', uuid: 'h', decode_tokens_per_s: null, warnings: 'held_back' });
  const said = sectionText(reportOf(plotData([completedRun(), held])), 'warnings');
  expect(said).toContain('1 completed run has no decode rate (openai)');
  expect(said).toContain('held_back');
  expect(sectionText(reportOf(plotData([completedRun()])), 'warnings')).not.toContain('no decode rate');
});

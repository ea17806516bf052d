/** Slides as files: pages, what they are made of, and what no name from a log can do to them. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { typeset } from '../../../plots/render/typeset.ts';
import { deckOf } from '../../../plots/slides/deck.ts';
import { deckSource } from '../../../plots/slides/deck-source.ts';
import type { Slide } from '../../../plots/slides/slide.ts';
import { typstLiteral } from '../../../plots/slides/typst-literal.ts';
import { writeDeck } from '../../../plots/slides/write-deck.ts';
import { UserError } from '../../../scripts/command-line/errors.ts';
import { printable } from '../../../scripts/command-line/printable-text.ts';
import { hostileTexts } from '../../fakes/hostile-text.ts';
import { manyGroups } from '../many-groups.ts';
import { shapedRuns } from '../row-factory.ts';
import { temporaryFolder, writeTables } from '../table-files.ts';

const runs = shapedRuns({ frameworks: ['llamacpp', 'pytorch'], quantizations: ['Q8_0'], runs: 3 });

/** Without pictures, which have a test of their own. */
function pagesOf(slides: readonly Slide[]) {
  const set = slides.map((slide) => ({ ...slide, blocks: slide.blocks.filter(({ kind }) => kind !== 'picture') }));
  const { compiler, pages } = typeset(deckSource(set), new Map());
  const tooLarge: unknown[] = compiler.query(pages, { selector: '<too-large>' });
  return { count: pages.numOfPages, tooLarge };
}

describe('typstLiteral', () => {
  it('writes what Typst reads back as the same text, whatever is in it', () => {
    const texts = hostileTexts.map(printable);
    const source = `#metadata(${typstLiteral(texts)}) <texts>`;
    const { compiler, pages } = typeset(source, new Map());
    const found: unknown = compiler.query(pages, { selector: '<texts>', field: 'value' });
    expect(found).toEqual([texts]);
  });

  it('tells a list of one from a text in brackets', () => {
    expect(typstLiteral({ rows: [['a']], right: false, share: 0.5 })).toBe(
      '(rows: (("a",),), right: false, share: 0.5)',
    );
  });
});

describe('the slides as pages', () => {
  it('are one page each, and hold all of their texts', () => {
    const slides = deckOf(manyGroups());
    expect(slides.length).toBeGreaterThan(7);
    expect(pagesOf(slides)).toEqual({ count: slides.length, tooLarge: [] });
  });

  it('stay one page each with hostile names, which are text and nothing else', () => {
    const slides = hostileTexts.map(
      (name): Slide => ({
        name: 'hostile',
        message: name,
        blocks: [
          { kind: 'points', items: [name] },
          { kind: 'bars', rows: [{ name, text: name, share: 1, color: '#0072b2', ranked: true }] },
          { kind: 'commands', lines: [name] },
        ],
        note: name.slice(0, 300),
      }),
    );
    expect(pagesOf(slides).count).toBe(slides.length);
  });

  it('are set smaller where a name is long, and say so where even that does not help', () => {
    const slide = (name: string): Slide => ({
      name: 'long',
      message: name,
      blocks: [{ kind: 'points', items: [name] }],
      note: name,
    });
    expect(pagesOf([slide('title'), slide('vendor.accelerated-runtime/'.repeat(8))])).toEqual({
      count: 2,
      tooLarge: [],
    });
    expect(pagesOf([slide('title'), slide('a'.repeat(12_000))]).tooLarge).not.toEqual([]);
  });

  it('load nothing: their source names no package and no address', () => {
    const source = deckSource(deckOf(manyGroups()));
    expect(source).not.toMatch(/#import|#include|@preview|https?:/);
  });
});

describe('presentation', () => {
  it('writes the deck, its source and its pictures, and draws a picture again only when a table is newer', async () => {
    const output = writeTables(runs);
    const first = await writeDeck({ output });
    expect(first.drawn).toEqual(['backend_comparison', 'latency_distribution']);
    const pdf = readFileSync(first.pdf);
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    const folder = join(output, 'presentation');
    for (const chart of first.drawn) expect(readFileSync(first.source, 'utf8')).toContain(`file: "${chart}.svg"`);

    const second = await writeDeck({ output });
    expect(second.drawn).toEqual([]);
    expect(readFileSync(second.pdf).equals(pdf)).toBe(true);

    const later = new Date(Date.now() + 60_000);
    utimesSync(join(output, 'runs.csv'), later, later);
    expect((await writeDeck({ output })).drawn).toEqual(first.drawn);
    expect(existsSync(join(folder, 'backend_comparison.svg'))).toBe(true);
  });

  it('says what to do where nothing was collated', async () => {
    const error = await writeDeck({ output: temporaryFolder() }).catch((reason: unknown) => reason);
    if (!(error instanceof UserError)) throw new Error('expected a UserError');
    expect(error.exitCode).toBe(3);
    expect(error.remedy).toContain('collate/all.ts');
  });

  it('writes nothing through a link that leads out of the folder', async () => {
    const output = writeTables(runs);
    const outside = temporaryFolder();
    mkdirSync(join(outside, 'victim'));
    symlinkSync(join(outside, 'victim'), join(output, 'presentation'));
    await expect(writeDeck({ output })).rejects.toThrow('leads out of');
  });
});

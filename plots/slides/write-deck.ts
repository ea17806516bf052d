/** The deck as files: the Typst source, its pictures beside it, and the PDF. */
import { join } from 'node:path';
import { requireWithin } from '../../scripts/command-line/files/folders.ts';
import type { PlotData } from '../data/plot-data.ts';
import { typeset } from '../render/typeset.ts';
import { type OutputFile, writeFiles } from '../report/write-files.ts';
import { deckOf } from './deck.ts';
import { deckSource, pictureFile } from './deck-source.ts';
import { deckPictures } from './pictures.ts';
import { readSlideData } from './read-slide-data.ts';

export const deckFolder = 'presentation';

export interface DeckSummary {
  readonly slides: ReadonlyArray<{ readonly name: string; readonly message: string }>;
  readonly pdf: string;
  readonly source: string;
  /** Charts that were drawn now; the others were there. */
  readonly drawn: readonly string[];
}

interface DeckRequest {
  /** Folder with the tables in it. */
  readonly output: string;
  /** Draw every picture, also where no table has changed since. */
  readonly anew?: boolean;
}

/** The pictures of a deck that somebody may want next: who has the data and the libraries at hand draws them in passing. */
export async function slidePictures(data: PlotData, output: string): Promise<OutputFile[]> {
  const folder = join(output, deckFolder);
  const { svg } = await deckPictures(deckOf(data), { output, folder }, true);
  return [...svg].map(([chart, content]) => ({ path: join(folder, pictureFile(chart)), content }));
}

/** The same tables give the same bytes. */
export async function writeDeck({ output, anew = false }: DeckRequest): Promise<DeckSummary> {
  const folder = join(output, deckFolder);
  requireWithin(output, [deckFolder]);
  const { slides, svg, drawn } = await deckPictures(deckOf(readSlideData(output)), { output, folder }, anew);
  const source = deckSource(slides);
  const pictures = new Map([...svg].map(([chart, content]) => [pictureFile(chart), content]));
  const { compiler, pages } = typeset(source, pictures);
  const paths = { pdf: join(folder, 'presentation.pdf'), source: join(folder, 'presentation.typ') };
  await writeFiles([
    ...drawn.map((chart) => ({ path: join(folder, pictureFile(chart)), content: svg.get(chart) ?? '' })),
    { path: paths.source, content: source },
    { path: paths.pdf, content: compiler.pdf(pages) },
  ]);
  return { slides: slides.map(({ name, message }) => ({ name, message })), ...paths, drawn };
}

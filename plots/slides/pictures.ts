/** Pictures of the slides, SVG by name: those of last time where no table has changed since, else drawn anew. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pictureFile } from './deck-source.ts';
import type { Slide, SlidePicture } from './slide.ts';

interface DeckPictures {
  /** Slides that are left: one whose chart has nothing to draw is none. */
  readonly slides: readonly Slide[];
  readonly svg: ReadonlyMap<string, string>;
  /** Names of those that were drawn now. */
  readonly drawn: readonly string[];
}

interface Folders {
  /** With the tables in it. */
  readonly output: string;
  /** Of the deck. */
  readonly folder: string;
}

/** @param anew whether all are drawn, whatever is there */
export async function deckPictures(slides: readonly Slide[], folders: Folders, anew: boolean): Promise<DeckPictures> {
  const tablesAtMs = anew ? Number.POSITIVE_INFINITY : newestTable(folders.output);
  const svg = new Map<string, string>();
  const drawn: string[] = [];
  const left: Slide[] = [];
  for (const slide of slides) {
    const picture = slide.blocks.find((block) => block.kind === 'picture');
    if (picture === undefined) {
      left.push(slide);
      continue;
    }
    const kept = pictureSince(join(folders.folder, pictureFile(picture.chart)), tablesAtMs);
    const found = kept ?? (await draw(picture));
    if (found === null) continue;
    if (kept === null) drawn.push(picture.chart);
    svg.set(picture.chart, found);
    left.push(slide);
  }
  return { slides: left, svg, drawn };
}

async function draw(picture: SlidePicture): Promise<string | null> {
  const drawing = await picture.draw();
  if (drawing?.kind !== 'picture') return null;
  // The libraries that draw take longer to load than the slides to set.
  const { composePanels } = await import('../render/compose.ts');
  return composePanels(drawing);
}

function newestTable(output: string): number {
  const tables = readdirSync(output).filter((name) => name.endsWith('.csv'));
  return Math.max(...tables.map((name) => statSync(join(output, name)).mtimeMs));
}

/** Null where there is none, or a table is newer. */
function pictureSince(path: string, tablesAtMs: number): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && found.mtimeMs > tablesAtMs ? readFileSync(path, 'utf8') : null;
}

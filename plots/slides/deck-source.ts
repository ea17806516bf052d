/** The deck as a Typst source that holds all of it: its looks, and one call a slide, so that a person can go on from there. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { wordsSource } from '../render/typeset.ts';
import { columnHeading } from '../report/document.ts';
import type { Slide, SlideBlock } from './slide.ts';
import { type Literal, typstLiteral } from './typst-literal.ts';

const looks = fileURLToPath(new URL('./looks.typ', import.meta.url));

const remark =
  '// Made by `npx tsx plots/presentation.ts`, which writes it anew. Copy it to change it: `typst compile COPY.typ`, the pictures beside it.';

export function deckSource(slides: readonly Slide[]): string {
  const [first, ...others] = slides;
  const title = first?.message ?? '';
  return [
    remark,
    `#let deck-title = ${typstLiteral(title)}`,
    wordsSource(),
    readFileSync(looks, 'utf8'),
    ...(first === undefined ? [] : [`#cover-page(${slideLiteral(first)})`]),
    ...others.map((slide) => `#slide-page(${slideLiteral(slide)})`),
    '',
  ].join('\n');
}

function slideLiteral({ message, note, blocks }: Slide): string {
  const lines = blocks.map((block) => `    ${typstLiteral(blockLiteral(block))},\n`).join('');
  return `\n  message: ${typstLiteral(message)},\n  note: ${typstLiteral(note)},\n  blocks: (\n${lines}  ),\n`;
}

function blockLiteral(block: SlideBlock): Record<string, Literal> {
  switch (block.kind) {
    case 'picture':
      return { kind: 'picture', file: pictureFile(block.chart), alt: block.alt };
    case 'table':
      return {
        kind: 'table',
        heads: block.table.columns.map((column) => ({ text: columnHeading(column), right: column.align === 'right' })),
        rows: block.table.rows.map((row) => row.map((cell) => cell.text)),
      };
    case 'bars':
      return { kind: 'bars', rows: block.rows.map((row) => ({ ...row })) };
    case 'text':
    case 'points':
    case 'commands':
      return { ...block };
    default:
      return block satisfies never;
  }
}

/** Beside the source. */
export function pictureFile(chart: string): string {
  return `${chart}.svg`;
}

/** A slide: one message, as a sentence, and what shows it. All texts are plain; deck-source.ts escapes them. */

import type { Drawing } from '../charts/chart.ts';
import { moreLines } from '../charts/scope.ts';
import { slideSheet } from '../charts/sheet.ts';
import type { Group } from '../data/groups.ts';
import type { PlotData } from '../data/plot-data.ts';
import type { Table } from '../report/document.ts';

interface SlideInput {
  readonly data: PlotData;
  /** The group with most to compare, which the deck is about; undefined where the question workload was not measured. */
  readonly main: Group | undefined;
}

export interface Slide {
  /** What it shows; pictures have their files by it. */
  readonly name: string;
  readonly message: string;
  readonly blocks: readonly SlideBlock[];
  /** Small print: what the marks mean, and where it holds. */
  readonly note: string;
}

export type SlideBlock =
  | { readonly kind: 'text'; readonly role: 'text' | 'doubt'; readonly text: string }
  | { readonly kind: 'points'; readonly items: readonly string[] }
  | { readonly kind: 'bars'; readonly rows: readonly SlideBar[] }
  | { readonly kind: 'table'; readonly table: Table }
  | { readonly kind: 'commands'; readonly lines: readonly string[] }
  | SlidePicture;

export interface SlideBar {
  readonly name: string;
  /** The value as it is printed. */
  readonly text: string;
  /** Of the longest bar, 0 to 1. */
  readonly share: number;
  /** `#rrggbb` */
  readonly color: string;
  /** Drawn hollow, with the reason in the name. */
  readonly ranked: boolean;
}

export interface SlidePicture {
  readonly kind: 'picture';
  /** Name of the chart, and of its file. */
  readonly chart: string;
  /** What it shows, for those who do not see it. */
  readonly alt: string;
  /** Called only where no picture of these tables is there. Null or a gap where there is nothing to draw: then there is no slide. */
  readonly draw: () => Promise<Drawing | null> | Drawing | null;
}

/** A page before its data are known; null where there is nothing to say. */
export type SlideOf = (input: SlideInput) => Slide | null;

export const text = (words: string): SlideBlock => ({ kind: 'text', role: 'text', text: words });
export const doubt = (words: string): SlideBlock => ({ kind: 'text', role: 'doubt', text: words });
export const points = (items: readonly string[]): SlideBlock[] =>
  items.length === 0 ? [] : [{ kind: 'points', items }];
export const tableBlock = (table: Table): SlideBlock => ({ kind: 'table', table });

const mostNoteLetters = 330;

/** Whole entries, what matters most first, as many as a slide has room for. */
export function noteOf(entries: readonly string[]): string {
  let letters = 0;
  const kept = entries.filter((entry) => {
    letters += entry.length + 1;
    return letters <= mostNoteLetters;
  });
  return kept.map((entry) => (/[.!?:]$/.test(entry) ? entry : `${entry}.`)).join(' ');
}

/** As many bars as a slide has room for, and how many more there are. */
export const bars = (all: readonly SlideBar[]): SlideBlock[] => [
  { kind: 'bars', rows: all.slice(0, slideSheet.rows) },
  ...points(moreLines(all.length - slideSheet.rows, 'result')),
];

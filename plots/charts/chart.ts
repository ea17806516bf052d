/**
 * What a chart is: one function of the data, called once; pictures, the report and the summary all take what it returns.
 * Adding one is a file in this folder and a line in registry.ts.
 */
import type { PlotData } from '../data/plot-data.ts';
import type { ChartSpec } from '../panels/panel.ts';
import { textWidth } from '../render/text-width.ts';
import { headingWidth, titleSize } from '../render/theme.ts';
import type { Table } from '../report/document.ts';
import type { Sheet } from './sheet.ts';

/** What a person asks, and the name of the files with the answer. */
export interface Question {
  /** Without the extension of a file. */
  readonly name: string;
  readonly question: string;
}

export interface Chart extends Question {
  /** Null where nothing that was measured has such a figure and no command would change that. */
  draw(data: PlotData, sheet?: Sheet): Picture | Gap | null;
}

export interface Picture {
  readonly kind: 'picture';
  /** The answer in one sentence; null where the data do not answer the question. */
  readonly title: string | null;
  /**
   * Host, model, weight class, number of runs, and what the marks mean, what matters most first. As much of it as fits
   * into two lines stands under the title, the rest under the picture.
   */
  readonly subtitle: readonly string[];
  /** The picture without title and configuration. */
  readonly spec: ChartSpec;
  /** The numbers of the picture. */
  readonly table: Table;
  /** What the picture shows, for those who do not see it. */
  readonly alt: string;
}

/** There is nothing to draw, and a run would change that. */
export interface Gap {
  readonly kind: 'gap';
  readonly sentence: string;
  /** Fills the gap when it is run. */
  readonly command: string;
}

export type Drawing = Question & ((Omit<Picture, 'title'> & { readonly title: string }) | Gap);

export function drawingOf({ name, question, draw }: Chart, data: PlotData, sheet?: Sheet): Drawing | null {
  const drawn = draw(data, sheet);
  if (drawn === null || drawn.kind === 'gap') return drawn === null ? null : { ...drawn, name, question };
  const title = drawn.title !== null && isOneLine(drawn.title) ? drawn.title : question;
  return { ...drawn, name, question, title };
}

/** A title that takes more than a line gives way to the question. */
export function isOneLine(title: string): boolean {
  return textWidth(title, titleSize, 'semibold') <= headingWidth;
}

/**
 * Alternative text: what kind of picture it is, and what it shows.
 * @param most sentences; the table has the rest
 */
export function altText(kind: string, sentences: readonly string[], most = 6): string {
  return `${kind} ${sentences.slice(0, most).join(' ')}`;
}

/**
 * The report as data. report.json is this document with the figures behind it (report-file.ts); the Markdown, HTML and PDF
 * files are renderings of it, so that they cannot say different things. All texts are plain: a rendering escapes what its
 * format treats as markup.
 */
export const reportSchema = 'tokenlap.report/2';

export interface ReportDocument {
  readonly schema: typeof reportSchema;
  readonly title: string;
  readonly subtitle: string;
  /** The first one is a page by itself: the answer, and what a reader has to know to trust it. */
  readonly sections: readonly Section[];
  /** How the figures are made and what stands behind them, for whoever checks. */
  readonly appendix: readonly Section[];
}

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block = Paragraph | List | Commands | Table | Figure;

export interface Paragraph {
  readonly kind: 'paragraph';
  /** `answer` is the sentence people came for, `warning` what makes it doubtful, `note` what is small print. */
  readonly role: 'answer' | 'warning' | 'note' | 'text';
  readonly text: string;
}

interface List {
  readonly kind: 'list';
  readonly items: readonly string[];
}

/** Command lines that can be pasted. */
interface Commands {
  readonly kind: 'commands';
  readonly lines: readonly string[];
}

export interface Table {
  readonly kind: 'table';
  readonly caption: string;
  readonly columns: readonly TableColumn[];
  readonly rows: ReadonlyArray<readonly Cell[]>;
}

export interface TableColumn {
  readonly title: string;
  /** Empty where there is none. */
  readonly unit: string;
  readonly align: 'left' | 'right';
}

export interface Cell {
  /** As it is shown. */
  readonly text: string;
  /** As it was computed, for programs. */
  readonly value: number | string | boolean | null;
}

export interface Figure {
  readonly kind: 'figure';
  /** Name of the chart. */
  readonly chart: string;
  readonly title: string;
  readonly alt: string;
  /** Paths from the report's folder. */
  readonly files: { readonly svg?: string; readonly png?: string };
}

export const text = (words: string): Paragraph => ({ kind: 'paragraph', role: 'text', text: words });
export const note = (words: string): Paragraph => ({ kind: 'paragraph', role: 'note', text: words });
export const warning = (words: string): Paragraph => ({ kind: 'paragraph', role: 'warning', text: words });
export const answer = (words: string): Paragraph => ({ kind: 'paragraph', role: 'answer', text: words });

/** A figure and its unit, a setting and its value: they stay on one line where a cell wraps. */
export function tied(words: string): string {
  return words.replaceAll(/(?<=(?:^|[ (])(?:KV|≥|<|±|[\d.,]+)) (?=\S)/g, '\u00a0');
}

/** `Decode rate (tokens/s)`. */
export function columnHeading(column: TableColumn): string {
  return column.unit === '' ? column.title : `${column.title} (${column.unit})`;
}

/**
 * The report as data. report.json is this document with the figures behind it (report-file.ts); the Markdown, HTML and PDF
 * files are renderings of it, so that they cannot say different things. All texts are plain: a rendering escapes what its
 * format treats as markup.
 */
import { z } from 'zod';

export const reportSchema = 'tokenlap.report/2';

const many = <T extends z.ZodType>(item: T) => z.array(item).readonly();

const paragraph = z.strictObject({
  kind: z.literal('paragraph'),
  /** `answer` is the sentence people came for, `warning` what makes it doubtful, `note` what is small print. */
  role: z.enum(['answer', 'warning', 'note', 'text']),
  text: z.string(),
});

const listOfItems = z.strictObject({ kind: z.literal('list'), items: many(z.string()) });

/** Command lines that can be pasted. */
const commandLines = z.strictObject({ kind: z.literal('commands'), lines: many(z.string()) });

/** `unit` is empty where there is none. */
const tableColumn = z.strictObject({ title: z.string(), unit: z.string(), align: z.enum(['left', 'right']) });

/** `text` is what is shown, `value` what was computed, for programs. */
const cell = z.strictObject({ text: z.string(), value: z.union([z.number(), z.string(), z.boolean(), z.null()]) });

const table = z.strictObject({
  kind: z.literal('table'),
  caption: z.string(),
  columns: many(tableColumn),
  rows: many(many(cell)),
});

const figure = z.strictObject({
  kind: z.literal('figure'),
  /** Name of the chart. */
  chart: z.string(),
  title: z.string(),
  alt: z.string(),
  /** Paths from the report's folder. */
  files: z.strictObject({ svg: z.string().exactOptional(), png: z.string().exactOptional() }).readonly(),
});

const block = z.discriminatedUnion('kind', [paragraph, listOfItems, commandLines, table, figure]);

const section = z.strictObject({ id: z.string(), title: z.string(), blocks: many(block) });

export const documentSchema = z.strictObject({
  schema: z.literal(reportSchema),
  title: z.string(),
  subtitle: z.string(),
  /** The first one is a page by itself: the answer, and what a reader has to know to trust it. */
  sections: many(section),
  /** How the figures are made and what stands behind them, for whoever checks. */
  appendix: many(section),
});

export type ReportDocument = Readonly<z.infer<typeof documentSchema>>;
export type Section = Readonly<z.infer<typeof section>>;
export type Block = z.infer<typeof block>;
export type Table = z.infer<typeof table>;
export type TableColumn = z.infer<typeof tableColumn>;
export type Cell = z.infer<typeof cell>;
export type Figure = z.infer<typeof figure>;

const paragraphOf = (role: z.infer<typeof paragraph>['role']) => (words: string) =>
  ({ kind: 'paragraph', role, text: words }) as const;

export const text = paragraphOf('text');
export const note = paragraphOf('note');
export const warning = paragraphOf('warning');
export const answer = paragraphOf('answer');

/** Nothing where there are no items. @param lead sentence before them */
export function list(items: readonly string[], lead?: string): Block[] {
  if (items.length === 0) return [];
  return [...(lead === undefined ? [] : [text(lead)]), { kind: 'list', items }];
}

export function commands(...lines: readonly string[]): Block {
  return { kind: 'commands', lines };
}

/** Ties a figure to its unit, and a setting to its value: they stay on one line where a cell wraps. */
export function tied(words: string): string {
  return words.replaceAll(/(?<=(?:^|[ (])(?:KV|≥|<|±|[\d.,]+)) (?=\S)/g, '\u00a0');
}

/** `Decode rate (tokens/s)`. */
export function columnHeading({ title, unit }: Pick<TableColumn, 'title' | 'unit'>): string {
  return unit === '' ? title : `${title} (${unit})`;
}

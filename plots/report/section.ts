/** What the sections of the report are made from, and a chart as blocks of one. */
import type { Drawings } from '../charts/registry.ts';
import type { PlotData } from '../data/plot-data.ts';
import { type Block, type Figure, note, type Section } from './document.ts';

export interface ReportInput {
  readonly data: PlotData;
  readonly drawings: Drawings;
  /** Pictures by name of the chart; a chart with nothing to draw has its card. */
  readonly figures: ReadonlyMap<string, Figure['files']>;
}

/** Null where there is nothing to say. */
export type Part = (input: ReportInput) => Section | null;

/** Picture and numbers, or the sentence that says what is missing. */
export function chartBlocks({ drawings, figures }: ReportInput, name: string): Block[] {
  const drawing = drawings.get(name);
  if (drawing === undefined) throw new Error(`no chart ${name}`);
  if (drawing === null) return [];
  if (drawing.kind === 'gap') {
    const { question, sentence, command } = drawing;
    return [note(`${question} ${sentence} This fills the gap:`), { kind: 'commands', lines: [command] }];
  }
  const { title, alt, table } = drawing;
  return [{ kind: 'figure', chart: name, title, alt, files: figures.get(name) ?? {} }, table];
}

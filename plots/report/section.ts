/** What the sections of the report are made from, what a section is, and a chart as blocks of one. */
import type { Drawings } from '../charts/registry.ts';
import type { PlotData } from '../data/plot-data.ts';
import { type Block, commands, type Figure, note, type Section } from './document.ts';

export interface ReportInput {
  readonly data: PlotData;
  readonly drawings: Drawings;
  /** Pictures by name of the chart; a chart with nothing to draw has its card. */
  readonly figures: ReadonlyMap<string, Figure['files']>;
}

/** A section before its data are known. */
export interface Part extends Pick<Section, 'id' | 'title'> {
  /** Empty where there is nothing to say: then the report has no such section. */
  readonly blocks: (input: ReportInput) => readonly Block[];
}

/** A section about the question workload: there is none where nobody measured it. */
export function ofQuestions(id: string, title: string, blocks: Part['blocks']): Part {
  return { id, title, blocks: (input) => (input.data.groups.length === 0 ? [] : blocks(input)) };
}

export function sectionsOf(parts: readonly Part[], input: ReportInput): Section[] {
  return parts
    .map(({ id, title, blocks }) => ({ id, title, blocks: blocks(input) }))
    .filter(({ blocks }) => blocks.length > 0);
}

/** Pictures and numbers, or the sentence that says what is missing. */
export function chartBlocks({ drawings, figures }: ReportInput, ...names: readonly string[]): Block[] {
  return names.flatMap((name): Block[] => {
    const drawing = drawings.get(name);
    if (drawing === undefined) throw new Error(`no chart ${name}`);
    if (drawing === null) return [];
    if (drawing.kind === 'gap') {
      const { question, sentence, command } = drawing;
      return [note(`${question} ${sentence} This fills the gap:`), commands(command)];
    }
    const { title, alt, table } = drawing;
    return [{ kind: 'figure', chart: name, title, alt, files: figures.get(name) ?? {} }, table];
  });
}

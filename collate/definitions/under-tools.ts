/** One log under the formulas of other tools, each figure beside ours. */
import { ourFigures } from './our-figures.ts';
import type { Recorded } from './recorded.ts';
import type { Measured, Tool, ToolFigure } from './tool.ts';

export interface ToolView {
  tool: Pick<Tool, 'name' | 'title' | 'source' | 'remarks'>;
  figures: FigureView[];
}

export interface FigureView extends Pick<ToolFigure, 'name' | 'unit' | 'formula' | 'source' | 'same'> {
  measured: Measured;
  ours: { name: string; formula: string; value: number | null } | null;
}

export function underTools(recorded: Recorded, chosen: readonly Tool[]): ToolView[] {
  return chosen.map(({ figures, ...tool }) => ({
    tool,
    figures: figures.map(({ of, ours, ...facts }) => ({
      ...facts,
      measured: of(recorded),
      ours: oursOf(ours, recorded),
    })),
  }));
}

function oursOf(name: ToolFigure['ours'], recorded: Recorded): FigureView['ours'] {
  const figure = ourFigures.find((each) => each.name === name);
  return figure === undefined ? null : { name: figure.name, formula: figure.formula, value: figure.of(recorded) };
}

/**
 * What a chart is. Adding one is a file in this folder and a line in registry.ts; the report, the summary and the tests
 * take it from there.
 */
import type {
  GenericConcatSpec,
  NonNormalizedSpec,
  LayerSpec as VegaLayer,
} from 'vega-lite/types_unstable/spec/index.js';
import type { PlotData } from '../data/plot-data.ts';
import type { Table } from '../report/document.ts';

export interface Chart {
  /** Name of its files, without the extension. */
  readonly name: string;
  /** What a person asks when looking at it. */
  readonly question: string;
  /** Whether there is anything to draw; where not, what to run, if anything helps. */
  applicable(data: PlotData): Applicability;
  /** The answer in one sentence, or the question where the data do not answer it. */
  title(data: PlotData): string;
  /**
   * Host, model, weight class, number of runs, and what the marks mean, what matters most first. As much of it as fits
   * into two lines stands under the title, the rest under the picture.
   */
  subtitle(data: PlotData): string[];
  /** The picture without title and configuration. */
  spec(data: PlotData): ChartSpec;
  /** The numbers of the picture. */
  table(data: PlotData): Table;
  /** What the picture shows, for those who do not see it. */
  alt(data: PlotData): string;
}

export type Applicability =
  | { kind: 'draw' }
  /** Nothing that was measured has such a figure, and no command would change that: no picture and no card. */
  | { kind: 'absent' }
  | {
      kind: 'nothing';
      sentence: string;
      /** Fills the gap when it is run. */
      command?: string;
    };

/** Panels beside and under each other; see panel-stack.ts. */
export type ChartSpec = GenericConcatSpec<NonNormalizedSpec>;
export type PanelSpec = VegaLayer<string>;

export const draw: Applicability = { kind: 'draw' };

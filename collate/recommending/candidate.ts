/** A way to run a model, and what is known of it. */
import type { ConformalWidth } from '../../scripts/statistics/split-conformal.ts';
import type { Interval } from '../../scripts/statistics/statistics.ts';
import type { Group } from '../analysis/groups.ts';
import type { FigureName } from './figures.ts';
import type { Step, Trust } from './learning/steps.ts';

export interface CandidateFigure {
  value: number;
  /** 95 % of what was measured, null below three runs; 90 % of what was predicted. */
  interval: Interval | null;
  trust: Trust;
  /** Of a prediction: from what it was made, and what its interval rests on. */
  step?: Step;
  width?: ConformalWidth | null;
}

export interface Candidate {
  hostname: string;
  device: string;
  threads: number | null;
  framework: string;
  /** The framework as its makers write it. */
  title: string;
  model: string;
  quantize: string;
  /** Of its decode rate; the figures have their own. */
  trust: Trust;
  runs: number;
  figures: Partial<Record<FigureName, CandidateFigure>>;
  /** The runs behind it, for verdicts; null of a prediction. */
  group: Group | null;
  /** That measures it. */
  command: string;
}

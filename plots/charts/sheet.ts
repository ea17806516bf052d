/** What a chart is drawn on: a page of the report, or a slide, which is low and is read from afar. */
import { chartWidth } from '../render/theme.ts';

export interface Sheet {
  /** Pixels of a whole chart. Letters have one size in pixels: on a narrower chart they are larger. */
  readonly width: number;
  /** What the panels may take, pixels: more would be set too small. */
  readonly tallest: number;
  /** Panels, where a chart allows as many. */
  readonly panels: number;
  /** Results in a panel; the others are left to the table. */
  readonly rows: number;
}

export const page: Sheet = {
  width: chartWidth,
  tallest: 1150,
  panels: Number.POSITIVE_INFINITY,
  rows: Number.POSITIVE_INFINITY,
};

/** One panel, so that there is one message. */
export const slideSheet: Sheet = { width: 560, tallest: 330, panels: 1, rows: 7 };

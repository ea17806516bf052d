import type { Confirmed, Screened } from '../../../scripts/statistics/two-stage.ts';
import type { GateCell } from './cells.ts';
import type { Metric } from './metrics.ts';

/** One metric of one cell after the first stage, and after the second where there was one. */
export interface Judged {
  cell: GateCell;
  metric: Metric;
  /** A/A noise of this metric here, as a relative difference. */
  noiseFloor: number;
  screened: Screened;
  /** Null where it was not to be measured again. */
  confirmed: Confirmed | null;
}

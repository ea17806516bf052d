/** The gate and the rules of other tools, each as it judges all cells of one pull request. */
import { studentQuantile } from '../../scripts/statistics/distributions.ts';
import { exactShift } from '../../scripts/statistics/exact-shift.ts';
import { holm } from '../../scripts/statistics/multiple-tests.ts';
import { noiseFloorOf } from '../../scripts/statistics/noise-floor.ts';
import { mean, median, standardDeviation } from '../../scripts/statistics/statistics.ts';
import {
  confirm,
  familyLevel,
  runsToConfirm,
  screen,
  screeningLevel,
  type TwoBuilds,
} from '../../scripts/statistics/two-stage.ts';
import { inTurns, oneAfterTheOther, type SimulatedCell } from './simulated-cell.ts';

export const runsASide = 8;
const mostRuns = 3 * runsASide;

/** For each cell, whether the rule calls the second build slower. */
export type Rule = (cells: readonly SimulatedCell[]) => boolean[];

export interface GateResult {
  /** For each cell: slower, faster, or neither confirmed. */
  verdicts: Array<'slower' | 'faster' | null>;
  /** Cells that were measured again. */
  suspects: number;
  /** Runs a side of these, each. */
  runsAgain: number[];
}

export function gate(cells: readonly SimulatedCell[], most = mostRuns): GateResult {
  const first = cells.map((cell) => inTurns(cell, runsASide));
  const floor = noiseFloorOf(first.map(({ base }) => base.map((value) => ({ value, session: null, round: null }))));
  const noiseFloor = floor?.share ?? 0;
  const suspects = first.flatMap((builds, cell) => {
    const screened = screen(builds, noiseFloor);
    return screened.kind === 'suspect' ? [{ cell, change: screened.change }] : [];
  });
  const runsAgain = suspects.map(({ change }) => runsToConfirm(change, suspects.length, most));
  const again = suspects.flatMap(({ cell }, i) => {
    const simulated = cells[cell];
    return simulated === undefined ? [] : inTurns(simulated, runsAgain[i] ?? 0);
  });
  const confirmed = confirm(
    again,
    again.map(() => noiseFloor),
  );
  const verdicts = cells.map((): 'slower' | 'faster' | null => null);
  confirmed.forEach(({ kind, change }, i) => {
    const cell = suspects[i]?.cell;
    if (kind === 'confirmed' && change !== null && cell !== undefined) {
      verdicts[cell] = change.center < 0 ? 'slower' : 'faster';
    }
  });
  return { verdicts, suspects: suspects.length, runsAgain };
}

const eachCell =
  (of: (cell: SimulatedCell) => boolean): Rule =>
  (cells) =>
    cells.map(of);

const isBelow = ({ base, head }: TwoBuilds, threshold: number) => median(head) < (1 - threshold) * median(base);

export const otherRules: Readonly<Record<string, Rule>> = {
  'Threshold of 10 %, one run a side': eachCell((cell) => isBelow(inTurns(cell, 1), 0.1)),
  'Threshold of 10 %, medians of 8 runs': eachCell((cell) => isBelow(inTurns(cell, runsASide), 0.1)),
  'Mann-Whitney at 0.05, 8 runs': eachCell((cell) => {
    const { p, center } = shiftOf(inTurns(cell, runsASide));
    return p < screeningLevel && center < 0;
  }),
  'Mann-Whitney with Holm at 0.01, 8 runs': (cells) => {
    const shifts = cells.map((cell) => shiftOf(inTurns(cell, runsASide)));
    const corrected = holm(shifts.map(({ p }) => p));
    return shifts.map(({ center }, i) => (corrected[i] ?? 1) < familyLevel && center < 0);
  },
  't-test of one run at 0.99, as Bencher': eachCell((cell) => {
    const { base, head } = oneAfterTheOther(cell, { base: 64, head: 1 });
    const margin = studentQuantile(0.99, base.length - 1) * (standardDeviation(base) ?? 0);
    return mean(head) < mean(base) - margin;
  }),
  "PyTorch HUD's rule at 5 %": eachCell((cell) => isHudRegression(cell, 0.05)),
  "PyTorch HUD's rule at 20 %": eachCell((cell) => isHudRegression(cell, 0.2)),
};

function shiftOf({ base, head }: TwoBuilds) {
  return exactShift(head.map(Math.log), base.map(Math.log));
}

/** The median of six days, and the last two of four days after them below it by more than the threshold. */
function isHudRegression(cell: SimulatedCell, threshold: number): boolean {
  const { base, head } = oneAfterTheOther(cell, { base: 6, head: 4 });
  return head.slice(-2).every((value) => value < (1 - threshold) * median(base));
}

/** The figures of each cell on both sides, with what may be said of their difference. */

import { noiseFloor } from '../../scripts/results/compare.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { type Apart, type ApartComparison, compareApart } from '../../scripts/statistics/apart.ts';
import { median } from '../../scripts/statistics/statistics.ts';
import { smallestEffect } from '../../scripts/statistics/verdict.ts';
import type { Group } from '../analysis/groups.ts';
import {
  figuresOf,
  isPrimary,
  type Measure,
  meansTheSame,
  measuresOf,
  samplesOf,
  titleOf,
} from '../analysis/measures.ts';
import { changesFirst } from '../regressions/gate-report.ts';
import type { Cell } from './cells.ts';
import { commandForBoth } from './command.ts';
import type { Both, ComparedRow } from './comparison.ts';

export interface NamedCell {
  cell: Cell;
  name: string;
  /** What else differs between its sides, in words. */
  changed: string[];
}

/** @param wanted the figures that are compared, among those of the cell's workload. @param folders of results, for commands that measure again */
export function comparedRows(
  cells: readonly NamedCell[],
  wanted: (measure: Measure) => boolean,
  folders: Both<string>,
): ComparedRow[] {
  const figures = cells.flatMap((cell) => figuresOfCell(cell, wanted));
  const found = compareApart(figures.map(({ pair }) => pair));
  return figures
    .flatMap((figure, i) => (found[i] === undefined ? [] : [rowOf(figure, found[i], folders)]))
    .sort((a, b) => rank(a) - rank(b) || effectOf(b) - effectOf(a));
}

/** What got slower is asked first. */
function rank({ verdict }: ComparedRow): number {
  return changesFirst.indexOf(verdict);
}

function effectOf({ ratio, verdict }: ComparedRow): number {
  return ratio === null || verdict === 'unchanged' || verdict === 'insufficient' ? 0 : Math.abs(Math.log(ratio.center));
}

interface CellFigure extends NamedCell {
  measure: Measure;
  pair: Apart;
}

function figuresOfCell(named: NamedCell, wanted: (measure: Measure) => boolean): CellFigure[] {
  const { base, head } = named.cell;
  const [before, after] = [runsOf(base), runsOf(head)];
  return measuresOf(before[0]?.workload ?? null)
    .filter(wanted)
    .filter((measure) => meansTheSame(measure, before, after))
    .flatMap((measure) => {
      const values = (runs: readonly RunRow[]) => samplesOf(runs, measure).map(({ value }) => value);
      const pair = { base: values(before), head: values(after), floor: floorOf([...base, ...head], measure) };
      return pair.base.length === 0 && pair.head.length === 0 ? [] : [{ ...named, measure, pair }];
    });
}

/** 2 %, or what these runs make two identical ones differ by. */
function floorOf(groups: readonly Group[], measure: Measure): number {
  return Math.max(smallestEffect, noiseFloor(groups.map((group) => figuresOf(group, measure)))?.share ?? 0);
}

export function runsOf(groups: readonly Group[]): RunRow[] {
  return groups.flatMap(({ runs }) => runs);
}

function rowOf(
  { cell, name, changed, measure, pair }: CellFigure,
  found: ApartComparison,
  folders: Both<string>,
): ComparedRow {
  const { title, unit } = titleOf(measure);
  const [before, after] = [runsOf(cell.base), runsOf(cell.head)];
  const { ratio, p, runsNeeded, smallestChange, soughtChange } = found;
  const enough = found.verdict === 'too few runs' ? (runsNeeded ?? undefined) : undefined;
  return {
    ...{ cell: name, metric: measure.column, title, unit, higherIsBetter: measure.better === 'higher' },
    primary: isPrimary(measure),
    verdict: verdictOf(found.verdict, measure),
    base: pair.base.length === 0 ? null : median(pair.base),
    head: pair.head.length === 0 ? null : median(pair.head),
    ...{ ratio, p, runs: { base: pair.base.length, head: pair.head.length } },
    ...{ runsNeeded, smallestChange, soughtChange, floor: pair.floor, changed },
    command: commandForBoth(
      { base: { runs: before, folder: folders.base }, head: { runs: after, folder: folders.head } },
      enough,
    ),
    disturbed: { base: disturbedIn(before), head: disturbedIn(after) },
  };
}

function disturbedIn(runs: readonly RunRow[]): number {
  return runs.filter(({ certificate }) => certificate === 'failed').length;
}

function verdictOf(found: ApartComparison['verdict'], { better }: Measure): ComparedRow['verdict'] {
  switch (found) {
    case 'higher':
    case 'lower':
      return found === better ? 'improvement' : 'regression';
    case 'no detectable difference':
      return 'unchanged';
    case 'too few runs':
      return 'insufficient';
    default:
      return found satisfies never;
  }
}

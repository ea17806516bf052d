/** Two sides, cell by cell, as a report: what got slower, what got faster, how sure that is, and what else changed. */
import { percent } from '../../scripts/command-line/format.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { significance, smallestEffect } from '../../scripts/statistics/verdict.ts';
import { countedRuns, replacedRuns } from '../analysis/counted-runs.ts';
import type { Measure } from '../analysis/measures.ts';
import { cellNames } from './cell-names.ts';
import { type Cell, cellsOf, nearestCell } from './cells.ts';
import { changesOf } from './changes.ts';
import {
  type Both,
  type ComparedRow,
  type ComparedSide,
  type ComparisonReport,
  comparisonSchemaVersion,
  type UnmatchedCell,
} from './comparison.ts';
import { doubtsOf } from './doubts.ts';
import { columnsApart } from './filter.ts';
import { comparedRows, runsOf } from './rows.ts';
import { sentenceOf } from './sentence.ts';
import type { Source } from './source.ts';

/** @param wanted the figures that are compared */
export function compareSides(sources: Both<Source>, wanted: (measure: Measure) => boolean): ComparisonReport {
  const { base, head } = sources;
  const chosenBy = columnsApart(base.conditions, head.conditions);
  const cells = cellsOf({ base: base.rows, head: head.rows }, chosenBy);
  const nameOf = cellNames(cells);
  const matched = cells
    .filter((cell) => cell.base.length > 0 && cell.head.length > 0)
    .map((cell) => ({ cell, name: nameOf(cell), changed: changesOf(cell) }));
  const [first, ...others] = matched.map(({ changed }) => changed);
  const changed = (first ?? []).filter((change) => others.every((each) => each.includes(change)));
  const rows = comparedRows(matched, wanted, { base: base.folder, head: head.folder });
  const sides = { base: sideOf(base), head: sideOf(head) };
  const compared = matched.map(({ cell }) => cell);
  const facts = { rows, cells: matched.length, changed, sides };
  return {
    schema: comparisonSchemaVersion,
    question: 'comparison',
    base: sides.base.words,
    head: sides.head.words,
    host: [...new Set([...sides.base.hosts, ...sides.head.hosts])].join(', '),
    floor: floorOf(rows),
    falseAlarms: significance,
    sentence: sentenceOf({ ...facts, differentWeights: compared.some(hasOtherWeights) }),
    ...facts,
    doubts: doubtsOf(compared, facts),
    onlyIn: { base: unmatched(cells, 'base', nameOf), head: unmatched(cells, 'head', nameOf) },
  };
}

function hasOtherWeights({ base, head }: Cell): boolean {
  const [before, after] = [base, head].map(
    (groups) => new Set(runsOf(groups).flatMap((run) => run.model_sha256 ?? [])),
  );
  return before !== undefined && after !== undefined && [...before].some((hash) => !after.has(hash));
}

function floorOf(rows: readonly ComparedRow[]): ComparisonReport['floor'] {
  const most = Math.max(smallestEffect, ...rows.map(({ floor }) => floor));
  const words = 'or from the noise of the runs of a cell, where that is more';
  return { share: smallestEffect, words: most > smallestEffect ? `${words} (here up to ${percent(most)})` : words };
}

function sideOf({ words, folder, rows }: Source): ComparedSide {
  const counted = countedRuns(rows);
  const starts = counted.flatMap((run) => run.started_at ?? []).sort();
  const [first, last] = [starts.at(0), starts.at(-1)];
  return {
    words,
    folder,
    runs: rows.length,
    counted: counted.filter(({ comparable }) => comparable === true).length,
    hosts: [...new Set(counted.flatMap((run) => run.hostname ?? []))].sort(),
    started: first === undefined || last === undefined ? null : { first, last },
    leftOut: leftOutOf(rows, counted),
  };
}

function leftOutOf(rows: readonly RunRow[], counted: readonly RunRow[]): Record<string, number> {
  const replaced = new Set(replacedRuns(rows));
  const reasons = rows.flatMap((run) => {
    if (run.status !== 'completed') return [run.status ?? 'without status'];
    if (run.twin === true) return ['twin'];
    if (replaced.has(run)) return ['disturbed, repeated'];
    if (!counted.includes(run)) return [`workload ${run.workload}`];
    return run.comparable === true ? [] : ['not comparable'];
  });
  return Object.fromEntries(
    [...new Set(reasons)].sort().map((reason) => [reason, reasons.filter((each) => each === reason).length]),
  );
}

function unmatched(cells: readonly Cell[], side: keyof Both<unknown>, nameOf: (cell: Cell) => string): UnmatchedCell[] {
  const other = side === 'base' ? 'head' : 'base';
  return cells
    .filter((cell) => cell[side].length > 0 && cell[other].length === 0)
    .map((cell) => {
      const others = cells.filter((each) => each[other].length > 0);
      return { cell: nameOf(cell), runs: runsOf(cell[side]).length, nearest: nearestCell(cell, others) };
    });
}

/** What both charts over the answers at a time share: the small lines under the title, and the table. */
import { levelMean, type PoolLevel, type PoolPanel } from '../data/pool-series.ts';
import { largestOf } from '../panels/concurrency-panel.ts';
import { ownScales, shareScale } from '../panels/panel-scale.ts';
import type { Cell, Table, TableColumn } from '../report/document.ts';
import { count, figure, left, right, words } from '../report/table.ts';

/** More would not fit a page; the table has them all. */
export const mostPoolPanels = 4;
/** Room for the name at the end of a line. */
export const lineNameWidth = 130;

type LevelFigure = Parameters<typeof levelMean>[1];

/** Of a figure over the panels that are shown; null where each has its own axis. */
export function sharedMost(panels: readonly PoolPanel[], figure: LevelFigure): number | null {
  const largest = panels.slice(0, mostPoolPanels).map((panel) => largestOf(panel, figure));
  return shareScale(largest) ? Math.max(...largest) : null;
}

/** @param figures of the chart, one beside the other */
export function concurrencyScope(panels: readonly PoolPanel[], figures: readonly LevelFigure[]): string[] {
  const [first] = panels;
  if (first === undefined) return [];
  const runs = first.runs === 1 ? 'one run' : `mean of ${first.runs} runs; small points: single runs`;
  const more = panels.length - mostPoolPanels;
  return [
    panels.length === 1
      ? `${first.place}, ${runs}`
      : 'One panel for each framework, host and model; lines are geometric means over runs, small points single runs.',
    ...(more > 0 ? [`${more} more are in the table of the report.`] : []),
    ...(figures.some((figure) => sharedMost(panels, figure) === null) ? [ownScales] : []),
  ];
}

export function concurrencyTable(
  panels: readonly PoolPanel[],
  caption: string,
  figures: ReadonlyArray<{ column: TableColumn; cell: (level: PoolLevel) => Cell }>,
): Table {
  const [only] = panels;
  const single = panels.length === 1 && only !== undefined;
  return {
    kind: 'table',
    caption: single ? `${caption} (${only.place})` : caption,
    columns: [
      ...(single ? [] : [left('Where')]),
      left('By'),
      right('At a time'),
      right('Runs'),
      ...figures.map(({ column }) => column),
    ],
    rows: panels.flatMap(({ place, lines }) =>
      lines.flatMap(({ name, levels }) =>
        levels.map((level) => [
          ...(single ? [] : [words(place)]),
          words(name),
          count(level.concurrency),
          count(level.rows.length),
          ...figures.map(({ cell }) => cell(level)),
        ]),
      ),
    ),
  };
}

/** Geometric mean over runs. */
export const meanOf = (column: LevelFigure) => (level: PoolLevel) => figure(levelMean(level, column));

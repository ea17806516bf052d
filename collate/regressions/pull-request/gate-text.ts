/** What the gate found, in the terminal: the sentence, then a row for each comparison that says more than "unchanged". */
import { figureText, roundPercent } from '../../../scripts/command-line/format.ts';
import { paint, table } from '../../../scripts/command-line/terminal.ts';
import { type GateReport, type GateRow, gateVerdicts } from '../gate-report.ts';

const mostRows = 40;

/** @param all also exploratory figures, and those without a change */
export function gateText({ rows, base, head, host, floor, falseAlarms, sentence }: GateReport, all: boolean): string {
  const shown = rows
    .filter((row) => all || row.primary)
    .toSorted((a, b) => gateVerdicts.indexOf(a.verdict) - gateVerdicts.indexOf(b.verdict));
  const hidden = rows.length - shown.length;
  return [
    paint('bold', sentence),
    '',
    table(
      ['cell', 'figure', 'base', 'head', 'head / base', 'verdict', 'runs', 'smallest found', 'runs needed'],
      shown.slice(0, all ? shown.length : mostRows).map(cellsOf),
      'llrrrlrrr',
      { dropFirst: ['runs needed', 'smallest found', 'runs'] },
    ),
    '',
    `Base: ${base}. Head: ${head}. Host: ${host}.`,
    `A change counts from ${roundPercent(floor.share)} on, ${floor.words}.`,
    `The chance of any false alarm in the whole comparison is at most ${roundPercent(falseAlarms)}. A suspect is judged by fresh runs of both builds, in turns.`,
    ...(hidden + Math.max(0, shown.length - mostRows) === 0 || all
      ? []
      : [
          `${hidden + Math.max(0, shown.length - mostRows)} more comparisons, most of them exploratory: --all shows them. They can fail no build.`,
        ]),
    ...shown.flatMap(({ verdict, cell, title, command }) =>
      verdict === 'regression' || verdict === 'candidate' ? [`${title} of ${cell} again: ${command}`] : [],
    ),
    ...failuresOf(rows),
  ].join('\n');
}

function cellsOf({
  cell,
  title,
  unit,
  base,
  head,
  ratio,
  verdict,
  primary,
  runs,
  smallestChange,
  runsNeeded,
}: GateRow): string[] {
  const value = (figure: number | null) => (figure === null ? '–' : figureText(figure, unit));
  const interval = ratio?.interval;
  const within = interval == null ? '' : ` [${interval.low.toFixed(3)}, ${interval.high.toFixed(3)}]`;
  return [
    cell,
    title,
    value(base),
    value(head),
    ratio === null ? '–' : `${ratio.center.toFixed(3)}${within}`,
    `${verdict}${primary ? '' : ' (exploratory)'}`,
    runs.base === runs.head ? String(runs.base) : `${runs.base}/${runs.head}`,
    smallestChange === null ? '–' : roundPercent(smallestChange),
    runsNeeded === null ? '–' : String(runsNeeded),
  ];
}

/** Why cells have too few runs, each reason once. */
function failuresOf(rows: readonly GateRow[]): string[] {
  const reasons = rows.flatMap(({ verdict, cell, changed }) =>
    verdict === 'insufficient' ? changed.map((reason) => `${cell}: ${reason}`) : [],
  );
  return [...new Set(reasons)];
}

/** The trends of a folder for a terminal: what changed, since when and what else changed there; then what was not told, and why. */
import { counted, figureText, roundPercent } from '../../../scripts/command-line/format.ts';
import { scriptLine } from '../../../scripts/command-line/shell-line.ts';
import { paint, table } from '../../../scripts/command-line/terminal.ts';
import { minuteOf, type TrendReport, type TrendRow } from './report.ts';

const header = ['series', 'what', 'metric', 'since', 'before', 'after', 'change', 'p', 'runs'];
const align = 'llllrrrrr';

/** @param output folder of results, as typed */
export function trendText(report: TrendReport, output: string): string {
  const told = report.rows.filter(({ kind }) => kind !== null);
  return [
    paint('bold', report.sentence),
    ...(told.length === 0
      ? []
      : [
          '',
          table(header, told.map(cellsOf), align, { dropFirst: ['p', 'runs', 'before'] }),
          '',
          ...told.map(underRow),
        ]),
    '',
    ...censusLines(report),
    ...(told.length === 0
      ? []
      : [
          '',
          `Why: \`${scriptLine('collate/regressions.ts', output, 'explain', 'SERIES')}\`.`,
          `To accept a level: \`${scriptLine('collate/regressions.ts', output, 'bless', 'SERIES', '--reason', 'TEXT')}\`.`,
        ]),
  ].join('\n');
}

function cellsOf(row: TrendRow): string[] {
  const { verdict, kind, title, unit, since, base, head, ratio, p, runs } = row;
  return [
    row.series,
    `${verdict}${kind === 'drift' ? ' (drift)' : ''}${row.primary ? '' : ', exploratory'}`,
    title,
    since === null ? '' : minuteOf(since),
    base === null ? '' : figureText(base, unit),
    head === null ? '' : figureText(head, unit),
    ratio === null ? '' : changeWords(ratio),
    p === null ? '' : p < 0.0001 ? '< 0.0001' : p.toFixed(4),
    `${runs.base} | ${runs.head}`,
  ];
}

/** `-8.2 % [-9.1, -7.4]`. */
export function changeWords({ center, interval }: NonNullable<TrendRow['ratio']>): string {
  const share = (ratio: number) => `${ratio >= 1 ? '+' : ''}${(100 * (ratio - 1)).toFixed(1)}`;
  return `${share(center)} %${interval === null ? '' : ` [${share(interval.low)}, ${share(interval.high)}]`}`;
}

function underRow({ series, cell, headline }: TrendRow): string {
  return `${series}  ${cell}. ${headline}`;
}

function censusLines({ counts, rows, disturbed, floor, falseAlarms }: TrendReport): string[] {
  const blessed = new Set(rows.filter((row) => row.blessed !== null).map(({ series }) => series)).size;
  return [
    `${counts.unchanged} series unchanged, ${counts.insufficient} with fewer than ten points${blessed === 0 ? '' : `, ${blessed} judged from a blessed level on`}.`,
    ...disturbed.map(({ reason, runs }) => `Left out: ${counted(runs, 'runs')}, ${reason}.`),
    `A change counts from ${roundPercent(floor.share)} on, ${floor.words}. Where nothing changed, the chance of any alarm among all series is at most ${roundPercent(falseAlarms)}.`,
  ];
}

/**
 * The custom formats of github-action-benchmark, which keeps one direction a file. Source: its README, "Custom benchmark": an array
 * of name, unit, value, and range and extra as texts.
 */
import { significant } from '../../scripts/command-line/format.ts';
import type { GateReport } from '../regressions/gate-report.ts';
import { verdictWords } from './comment/row-words.ts';
import type { ExportFormat, MeasuredRuns } from './format.ts';
import { runCells } from './run-cells.ts';

interface Entry {
  name: string;
  unit: string;
  value: number;
  range?: string;
  extra: string;
}

export const customBiggerIsBetter = ofDirection('customBiggerIsBetter', true);
export const customSmallerIsBetter = ofDirection('customSmallerIsBetter', false);

function ofDirection(name: string, bigger: boolean): ExportFormat {
  return {
    name,
    help: `github-action-benchmark, metrics of which ${bigger ? 'more is better (rates)' : 'less is better (times, memory)'}`,
    ofRuns: (runs) => text(runEntries(runs, bigger)),
    ofGate: (report) => text(gateEntries(report, bigger)),
  };
}

function runEntries({ runs }: MeasuredRuns, bigger: boolean): Entry[] {
  return runCells(runs).flatMap(({ name, newest, figures }) =>
    figures
      .filter(({ higherIsBetter }) => higherIsBetter === bigger)
      .map(({ title, unit, value, interval, runs: count }) => ({
        name: `${name}: ${title}`,
        unit,
        value,
        ...(interval === null ? {} : { range: `${significant(interval.low)} to ${significant(interval.high)}` }),
        extra: `median of ${count} ${count === 1 ? 'run' : 'runs'}\n${newest.framework_version}\n${newest.started_at}`,
      })),
  );
}

/** The values of head. */
function gateEntries({ rows, base }: GateReport, bigger: boolean): Entry[] {
  return rows.flatMap((row) => {
    if (row.head === null || row.higherIsBetter !== bigger) return [];
    const { ratio } = row;
    const against = ratio === null ? '' : `\n${ratio.center.toFixed(3)} times that of ${base}`;
    return [
      {
        name: `${row.cell}: ${row.title}`,
        unit: row.unit,
        value: row.head,
        extra: `median of ${row.runs.head} runs${against}\n${verdictWords(row)}\n${row.command}`,
      },
    ];
  });
}

function text(entries: readonly Entry[]): string {
  return `${JSON.stringify(entries, null, 2)}\n`;
}

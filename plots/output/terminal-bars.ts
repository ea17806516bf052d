/** The main comparison as lines of text: a bar, a value and an interval for every framework of every group. */
import { significant } from '../../scripts/command-line/format.ts';
import { displayWidth } from '../../scripts/command-line/screen-text.ts';
import { paint } from '../../scripts/command-line/terminal.ts';
import type { Interval } from '../../scripts/statistics/statistics.ts';
import { groupName, markOf, memberName } from '../data/groups.ts';
import { metricOf, summaryOf } from '../data/metric.ts';
import type { PlotData } from '../data/plot-data.ts';
import { overNext } from '../data/verdicts.ts';

export interface TerminalGroup {
  group: string;
  rows: TerminalRow[];
  /** The fastest against the next; null where there is no other. */
  verdict: string | null;
}

interface TerminalRow {
  name: string;
  /** Why it is not ranked, in a word or two; null where it is. */
  mark: string | null;
  runs: number;
  decodeTokensPerSecond: number | null;
  /** 95 %, from three runs on. */
  interval: Interval | null;
}

const decodeRate = metricOf('decode_tokens_per_s');
const shortestBar = 12;

export function terminalGroups({ groups }: PlotData): TerminalGroup[] {
  return groups.map((group) => {
    const verdict = overNext(group);
    return {
      group: groupName(group),
      rows: group.members.map((member) => {
        const summary = summaryOf(member.runs, decodeRate);
        return {
          name: memberName(member),
          mark: markOf(member),
          runs: member.runs.length,
          decodeTokensPerSecond: summary?.center ?? null,
          interval: summary?.interval ?? null,
        };
      }),
      verdict:
        verdict === null
          ? null
          : `${memberName(verdict.faster)} over ${memberName(verdict.slower)}: ${significant(verdict.ratio)}×, ${verdict.sentence}`,
    };
  });
}

/** @param columns width of the terminal in characters */
export function terminalBars(groups: readonly TerminalGroup[], columns: number): string {
  return groups.map((group) => drawGroup(group, columns)).join('\n\n');
}

function drawGroup({ group, rows, verdict }: TerminalGroup, columns: number): string {
  const largest = Math.max(...rows.map((row) => row.decodeTokensPerSecond ?? 0), 1e-9);
  const nameWidth = Math.max(...rows.map(({ name }) => displayWidth(name)));
  const figures = rows.map(figuresOf);
  const beside = columns - Math.max(...figures.map(displayWidth)) - 3;
  // Where there is no room for a name and a bar of some length, the name stands over it.
  const onOneLine = beside - nameWidth >= shortestBar;
  const room = Math.max(shortestBar, onOneLine ? beside - nameWidth : beside);
  const lines = rows.flatMap((row, i) => {
    const bar = barOf((row.decodeTokensPerSecond ?? 0) / largest, room, row.mark === null);
    const drawn = `${paint('cyan', bar)} ${figures[i]}`;
    return onOneLine
      ? [`${row.name}${' '.repeat(nameWidth - displayWidth(row.name))} ${drawn}`]
      : [row.name, `  ${drawn}`];
  });
  return [
    paint('bold', `${group} · ${decodeRate.title} (${decodeRate.unit})`),
    ...lines,
    ...(verdict === null ? [] : [verdict]),
  ].join('\n');
}

function figuresOf(row: TerminalRow): string {
  if (row.decodeTokensPerSecond === null) return 'no figure';
  const interval =
    row.interval === null ? 'no interval' : `${significant(row.interval.low)} to ${significant(row.interval.high)}`;
  const runs = row.runs === 1 ? '1 run' : `${row.runs} runs`;
  return `${significant(row.decodeTokensPerSecond)} (${interval}; ${runs})${row.mark === null ? '' : ` ${row.mark}`}`;
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Eighths of a character; what is not ranked is shaded instead of solid. */
function barOf(share: number, room: number, ranked: boolean): string {
  const units = Math.max(1, Math.round(share * room * 8));
  if (!ranked) return '░'.repeat(Math.max(1, Math.round(units / 8)));
  return '█'.repeat(Math.floor(units / 8)) + (eighths[units % 8] ?? '');
}

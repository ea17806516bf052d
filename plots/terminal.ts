/**
 * Draws the main comparison, the decode rate of every framework with its interval, in the terminal. Reads
 * <output>/runs.csv and writes nothing.
 *
 *   npx tsx plots/terminal.ts
 *   npx tsx plots/terminal.ts --output results --json
 */
import { readTable } from '../collate/tables/read.ts';
import { counted, significant } from '../scripts/command-line/format.ts';
import { printableTexts } from '../scripts/command-line/printable-text.ts';
import { isMain, program, run } from '../scripts/command-line/program.ts';
import { displayWidth } from '../scripts/command-line/screen-text.ts';
import { paint, print, printJson, say } from '../scripts/command-line/terminal.ts';
import { runsTable } from '../scripts/results/runs/runs.ts';
import { defaults } from '../scripts/settings/defaults.ts';
import type { Interval } from '../scripts/statistics/statistics.ts';
import { groupName, type Member, markOf, memberKey, memberName } from './data/groups.ts';
import { decodeRate, summaryOf } from './data/metric.ts';
import { type PlotData, plotData } from './data/plot-data.ts';
import { overNext } from './data/verdicts.ts';

async function main(): Promise<void> {
  const command = program('terminal', 'Draw the comparison of decode rates in the terminal.', [
    ['npx tsx plots/terminal.ts', 'bars for everything in benchmark_output'],
    ['npx tsx plots/terminal.ts --json', 'the numbers behind them'],
  ])
    .option('--output <dir>', 'folder with runs.csv in it', defaults.output)
    .option('--json', 'print the numbers as JSON')
    .parse();
  const { output, json } = command.opts();
  const runs = readTable(output, runsTable);
  const data = plotData(json === true ? runs : printableTexts(runs));
  // Programs know a framework by the name that is typed.
  const groups = terminalGroups(data, json === true ? memberKey : memberName);
  if (json === true) {
    printJson(groups);
    return;
  }
  if (groups.length === 0) say('No completed run of the question workload to compare.');
  else print(terminalBars(groups, process.stdout.columns || 80));
  if (data.notRun.length > 0) say(`${data.notRun.length} of ${data.runs.length} runs did not complete.`);
}

interface TerminalGroup {
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

const shortestBar = 12;

/** @param nameOf what members are called */
function terminalGroups({ groups }: PlotData, nameOf: (member: Member) => string): TerminalGroup[] {
  return groups.map((group) => {
    const verdict = overNext(group);
    return {
      group: groupName(group),
      rows: group.members.map((member) => {
        const summary = summaryOf(member.runs, decodeRate);
        return {
          name: nameOf(member),
          mark: markOf(member),
          runs: member.runs.length,
          decodeTokensPerSecond: summary?.center ?? null,
          interval: summary?.interval ?? null,
        };
      }),
      verdict:
        verdict === null
          ? null
          : `${nameOf(verdict.faster)} over ${nameOf(verdict.slower)}: ${significant(verdict.ratio)}×, ${verdict.sentence}`,
    };
  });
}

/** @param columns width of the terminal in characters */
function terminalBars(groups: readonly TerminalGroup[], columns: number): string {
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
  return `${significant(row.decodeTokensPerSecond)} (${interval}; ${counted(row.runs, 'runs')})${row.mark === null ? '' : ` ${row.mark}`}`;
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Eighths of a character; what is not ranked is shaded instead of solid. */
function barOf(share: number, room: number, ranked: boolean): string {
  const units = Math.max(1, Math.round(share * room * 8));
  if (!ranked) return '░'.repeat(Math.max(1, Math.round(units / 8)));
  return '█'.repeat(Math.floor(units / 8)) + (eighths[units % 8] ?? '');
}

if (isMain(import.meta.url)) await run(main);

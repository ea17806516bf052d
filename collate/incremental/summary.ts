/** What a collation did and what it found wrong, as data and as lines for people. */

import { printable } from '../../scripts/command-line/printable-text.ts';
import { paint } from '../../scripts/command-line/terminal.ts';
import { type RunStatus, runStatuses } from '../../scripts/log/run-log-format.ts';
import { type Problem, placeOf } from '../logs/problem.ts';
import type { LedgerEntry, RowCounts } from './ledger.ts';
import type { Plan } from './plan.ts';

interface NamedProblem extends Problem {
  /** Below raw/. */
  log: string;
  /** Found by this collation, not by an earlier one. */
  isNew: boolean;
}

export type CollateSummary = ReturnType<typeof summarizeCollation>;

/**
 * @param rows written now
 * @param remarks what a person should know of how the tables were written: sentences, none as a rule
 */
export function summarizeCollation(
  output: string,
  plan: Plan,
  added: readonly LedgerEntry[],
  rows: RowCounts,
  tables: Readonly<Record<string, { bytes: number }>>,
  remarks: string[],
) {
  const all = [...plan.kept, ...added];
  const before = new Set(plan.replaced.filter((entry) => entry.status !== null).map((entry) => entry.uuid));
  const read = added.filter((entry) => entry.status !== null);
  const redone = read.filter((entry) => before.has(entry.uuid)).length;
  const unchanged = plan.kept.length - plan.gone.length;
  const withoutRow = all.filter((entry) => entry.status === null);
  return {
    output,
    logs: {
      found: unchanged + added.length,
      added: read.length - redone,
      /** Their logs had changed since. */
      redone,
      unchanged,
      /** New ones without a row: no run logs, or copies. */
      setAside: added.length - read.length,
      /** Runs in the tables whose logs are no longer there. */
      gone: plan.gone.length,
    },
    rows,
    /** All runs in the tables. */
    runs: countStatuses(all),
    duplicates: withoutRow.filter((entry) => entry.uuid !== null).length,
    notRunLogs: withoutRow.filter((entry) => entry.uuid === null).length,
    /** Problems of all logs, those found now in front. */
    problems: [...named(added, true), ...named(plan.kept, false)],
    tables: Object.entries(tables).map(([table, { bytes }]) => ({ table, bytes })),
    remarks,
  };
}

function countStatuses(entries: readonly LedgerEntry[]): Record<RunStatus, number> {
  const counts: Record<RunStatus, number> = { completed: 0, failed: 0, interrupted: 0, missing: 0, killed: 0 };
  for (const { status } of entries) if (status !== null) counts[status]++;
  return counts;
}

function named(entries: readonly LedgerEntry[], isNew: boolean): NamedProblem[] {
  return entries.flatMap(({ log, problems }) => problems.map((problem) => ({ log, ...problem, isNew })));
}

const namedInTerminal = 20;
const number = new Intl.NumberFormat('en-US');

function count(amount: number, what: string): string {
  return `${number.format(amount)} ${what}${amount === 1 ? '' : 's'}`;
}

export function summaryText(summary: CollateSummary): string {
  const { logs, rows, runs, problems } = summary;
  const total = runStatuses.reduce((sum, status) => sum + runs[status], 0);
  const written = (name: string) => rows[name] ?? 0;
  const also = (name: string, what: string, of = '') =>
    written(name) > 0 ? `, ${count(written(name), what)}${of}` : '';
  const others = `${also('parity', 'parity check')}${also('load', 'stage', ' of load')}${also('pool', 'row', ' of resource pools')}${also('accuracy', 'row', ' of accuracy')}`;
  const wrote = `${count(written('runs'), 'run')}, ${count(written('answers'), 'answer')}${others} and ${count(written('tokens'), 'token')} written`;
  const counted = [
    `${number.format(logs.added)} new`,
    ...(logs.redone > 0 ? [`${number.format(logs.redone)} changed and done again`] : []),
    `${number.format(logs.unchanged)} unchanged`,
    ...(logs.setAside > 0 ? [`${number.format(logs.setAside)} set aside`] : []),
  ];
  const statuses = runStatuses.filter((status) => status === 'completed' || runs[status] > 0);
  return [
    `${count(logs.found, 'log')}: ${counted.join(', ')}${written('runs') > 0 ? `; ${wrote}` : ''}`,
    `${count(total, 'run')} in ${summary.output}: ${statuses.map((status) => `${number.format(runs[status])} ${status}`).join(', ')}`,
    ...(logs.gone > 0
      ? [`${number.format(logs.gone)} of them have no log any more; their rows stay until --rebuild`]
      : []),
    ...summary.remarks,
    ...problemLines(problems),
  ].join('\n');
}

function problemLines(problems: readonly NamedProblem[]): string[] {
  const found = problems.filter((problem) => problem.isNew);
  const earlier = problems.length - found.length;
  const lines = found.slice(0, namedInTerminal).map(problemLine);
  if (found.length > lines.length) lines.push(`  and ${number.format(found.length - lines.length)} more; see --json`);
  if (earlier > 0) lines.push(`${count(earlier, 'problem')} from earlier collations; see --json`);
  return lines;
}

function problemLine({ log, line, kind, reason }: NamedProblem): string {
  return `  ${paint('yellow', kind.replaceAll('_', ' '))}  ${printable(`${placeOf(log, line)}: ${reason}`)}`;
}

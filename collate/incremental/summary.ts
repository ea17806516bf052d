/** What a collation did and what it found wrong, as data and as lines for people. */

import { printable } from '../../scripts/command-line/printable-text.ts';
import { paint } from '../../scripts/command-line/terminal.ts';
import { type RunStatus, runStatuses } from '../../scripts/log/run-log-format.ts';
import type { RowKind } from '../../scripts/results/tables.ts';
import { type Problem, placeOf } from '../logs/problem.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Plan } from './plan.ts';

export interface CollateSummary {
  output: string;
  logs: {
    found: number;
    added: number;
    /** Their logs had changed since. */
    redone: number;
    unchanged: number;
    /** New ones without a row: no run logs, or copies. */
    setAside: number;
    /** Runs in the tables whose logs are no longer there. */
    gone: number;
  };
  /** Rows written now. */
  rows: Record<RowKind, number>;
  /** All runs in the tables. */
  runs: Record<RunStatus, number>;
  duplicates: number;
  notRunLogs: number;
  /** Of all logs, those found now in front. */
  problems: NamedProblem[];
  tables: Array<{ table: string; bytes: number }>;
  /** What a person should know of how the tables were written: sentences, none as a rule. */
  remarks: string[];
}

interface NamedProblem extends Problem {
  /** Below raw/. */
  log: string;
  /** Found by this collation, not by an earlier one. */
  isNew: boolean;
}

export function summarizeCollation(
  output: string,
  plan: Plan,
  added: readonly LedgerEntry[],
  rows: CollateSummary['rows'],
  tables: Readonly<Record<string, { bytes: number }>>,
  remarks: string[],
): CollateSummary {
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
      redone,
      unchanged,
      setAside: added.length - read.length,
      gone: plan.gone.length,
    },
    rows,
    runs: countStatuses(all),
    duplicates: withoutRow.filter((entry) => entry.uuid !== null).length,
    notRunLogs: withoutRow.filter((entry) => entry.uuid === null).length,
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
  const parity = rows.parity > 0 ? `, ${count(rows.parity, 'parity check')}` : '';
  const load = rows.load > 0 ? `, ${count(rows.load, 'stage')} of load` : '';
  const pool = rows.pool > 0 ? `, ${count(rows.pool, 'row')} of resource pools` : '';
  const accuracy = rows.accuracy > 0 ? `, ${count(rows.accuracy, 'row')} of accuracy` : '';
  const wrote = `${count(rows.runs, 'run')}, ${count(rows.answers, 'answer')}${parity}${load}${pool}${accuracy} and ${count(rows.tokens, 'token')} written`;
  const counted = [
    `${number.format(logs.added)} new`,
    ...(logs.redone > 0 ? [`${number.format(logs.redone)} changed and done again`] : []),
    `${number.format(logs.unchanged)} unchanged`,
    ...(logs.setAside > 0 ? [`${number.format(logs.setAside)} set aside`] : []),
  ];
  const statuses = runStatuses.filter((status) => status === 'completed' || runs[status] > 0);
  return [
    `${count(logs.found, 'log')}: ${counted.join(', ')}${rows.runs > 0 ? `; ${wrote}` : ''}`,
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

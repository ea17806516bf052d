import type { z } from 'zod';

/** One line for people from a schema's complaint. */
export function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'not as the format has it';
  const where = issue.path.map(String).join('.');
  return where === '' ? issue.message : `${where}: ${issue.message}`;
}

/** What is wrong with a raw log, and where: nothing is dropped without one of these. */

export const problemKinds = [
  'empty',
  'binary',
  'foreign',
  'other_version',
  'bad_header',
  'unreadable',
  'duplicate',
  'broken_line',
  'broken_invariant',
  'killed',
  'interrupted',
  'missing',
  'failed',
] as const;
type ProblemKind = (typeof problemKinds)[number];

export interface Problem {
  kind: ProblemKind;
  /** From 1; null where the file as a whole is meant. */
  line: number | null;
  reason: string;
}

/** A log full of faults would drown the others: this many are named, the rest are counted. */
const namedPerLog = 10;

export function capped(problems: readonly Problem[]): Problem[] {
  if (problems.length <= namedPerLog) return [...problems];
  const rest = problems.length - namedPerLog;
  const named = problems.slice(0, namedPerLog);
  const kind = problems[namedPerLog]?.kind ?? 'broken_line';
  return [...named, { kind, line: null, reason: `${rest} more faults in this log` }];
}

/** `raw/x/LOG.txt:37`, as an editor opens it. */
export function placeOf(log: string, line: number | null): string {
  return `raw/${log}${line === null ? '' : `:${line}`}`;
}

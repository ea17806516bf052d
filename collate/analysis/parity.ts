/**
 * Parity before speed (docs/parity.md): whether runs may be ranked, as their parity run judged it. A run is
 * judged by the parity run of its own session, else by the latest one, of the same host, framework, version, model file
 * and arithmetic.
 */
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { joinBy } from './group-by.ts';

export type Parity =
  | { state: 'passed'; by: RunRow }
  | { state: 'failed'; by: RunRow }
  /** No parity run judged all of the runs: their outputs have to speak for themselves. */
  | { state: 'unchecked' };

/** What has to be the same for two runs to compute the same. */
const sameArithmetic = [
  'hostname',
  'framework',
  'framework_version',
  'model_sha256',
  'quantize',
  'device',
  'precision',
  'compile',
  'device_count',
  'shard',
  'kv_type',
] as const satisfies ReadonlyArray<keyof RunRow>;

export interface JudgedRun {
  run: RunRow;
  /** The parity run that judges it; undefined where there is none. */
  by: RunRow | undefined;
}

/** @param all runs of the table: the parity runs among them judge; a broken log or one without a verdict judges nothing */
export function judgedRuns(runs: readonly RunRow[], all: readonly RunRow[]): JudgedRun[] {
  const latestFirst = all
    .filter(({ workload, status }) => workload === 'parity' && status === 'completed')
    .filter(({ comparable, parity_passed }) => comparable === true && parity_passed !== null)
    .sort((a, b) => ((a.started_at ?? '') < (b.started_at ?? '') ? 1 : -1));
  const arithmeticOf = (run: RunRow) => sameArithmetic.map((name) => run[name]);
  return joinBy(runs, latestFirst, arithmeticOf).map(([run, judges]) => {
    const ofSession = judges.find(({ session }) => session !== null && session === run.session);
    return { run, by: ofSession ?? judges[0] };
  });
}

export function parityOf(judged: readonly JudgedRun[]): Parity {
  const found = judged.map(({ by }) => by);
  const failed = found.find((by) => by?.parity_passed === false);
  if (failed !== undefined) return { state: 'failed', by: failed };
  const [first] = found;
  return first === undefined || found.includes(undefined) ? { state: 'unchecked' } : { state: 'passed', by: first };
}

/** In words: against what, where first, and why. */
export function failureOf(by: RunRow): string {
  const where = by.parity_first_divergence === null ? '' : `, first divergence at token ${by.parity_first_divergence}`;
  return `parity with ${by.parity_reference ?? 'the reference'} failed${where}: ${by.parity_reasons ?? 'no reason given'}`;
}

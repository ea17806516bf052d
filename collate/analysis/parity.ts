/**
 * Parity before speed (docs/parity.md): whether runs may be ranked, as their parity run judged it. A run is
 * judged by the parity run of its own session, else by the latest one, of the same host, framework, version, model file
 * and arithmetic.
 */
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { groupBy } from './group-by.ts';

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

export function parityOf(runs: readonly RunRow[], judges: Judges): Parity {
  const found = runs.map((run) => judgeOf(run, judges));
  const failed = found.find((by) => by?.parity_passed === false);
  if (failed !== undefined) return { state: 'failed', by: failed };
  const [first] = found;
  return first === undefined || found.includes(undefined) ? { state: 'unchecked' } : { state: 'passed', by: first };
}

/** Parity runs by what they computed, the latest first. A broken log or one without a verdict judges nothing. */
type Judges = ReadonlyMap<string, readonly RunRow[]>;

/** @param all runs of the table, the parity runs among them */
export function judgesOf(all: readonly RunRow[]): Judges {
  const judges = all
    .filter((run) => run.workload === 'parity' && run.status === 'completed')
    .filter((run) => run.comparable === true && run.parity_passed !== null)
    .sort((a, b) => ((a.started_at ?? '') < (b.started_at ?? '') ? 1 : -1));
  return new Map(groupBy(judges, arithmeticOf).map((alike) => [keyOf(alike[0]), alike]));
}

function judgeOf(run: RunRow, judges: Judges): RunRow | undefined {
  const candidates = judges.get(keyOf(run)) ?? [];
  const ofSession = candidates.find((judge) => run.session !== null && judge.session === run.session);
  return ofSession ?? candidates[0];
}

const arithmeticOf = (run: RunRow) => sameArithmetic.map((name) => run[name]);
const keyOf = (run: RunRow) => JSON.stringify(arithmeticOf(run));

/** In words: against what, where first, and why. */
export function failureOf(by: RunRow): string {
  const where = by.parity_first_divergence === null ? '' : `, first divergence at token ${by.parity_first_divergence}`;
  return `parity with ${by.parity_reference ?? 'the reference'} failed${where}: ${by.parity_reasons ?? 'no reason given'}`;
}

/**
 * Parity before speed (docs/parity.md): whether runs may be ranked, as their parity run judged it. A run is
 * judged by the parity run of its own session, else by the latest one, of the same host, framework, version, model file
 * and arithmetic. And what the parity runs found, as a table for a terminal.
 */
import { table } from '../../scripts/command-line/terminal.ts';
import { nats, share } from '../../scripts/log/figures/parity-figures.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { GroupSummary } from './analysis.ts';
import { joinBy } from './group-by.ts';
import type { GroupKey } from './groups.ts';

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

const heads = ['verdict', 'equal tokens', 'first divergence', 'top-1', 'mean KL [nats]', 'largest KL [nats]'];

/** Empty for a single contender that was not checked, and for what a person typed in chat. */
export function parityBlocks(groups: readonly GroupSummary[], nameOf: (key: GroupKey) => string): string[] {
  const checked = groups.filter(({ parity }) => parity.state !== 'unchecked');
  const references = [...new Set(checked.map(({ parity }) => parity.figures?.parity_reference ?? 'the reference'))];
  return [
    ...(checked.length === 0
      ? []
      : [
          table(
            [`Parity with ${references.join(', ')}`, ...heads],
            checked.map((group) => rowOf(group, nameOf)),
            'llrrrrr',
          ),
        ]),
    ...(groups.length < 2 ? [] : uncheckedLines(groups, nameOf)),
  ];
}

function uncheckedLines(groups: readonly GroupSummary[], nameOf: (key: GroupKey) => string): string[] {
  const unchecked = groups.filter(
    ({ key, parity }) => parity.state === 'unchecked' && key.comparable === true && key.workload !== 'chat',
  );
  const [first] = unchecked;
  if (first === undefined) return [];
  const instead =
    first.key.workload === 'kernel'
      ? 'whether it computes the same is not known'
      : 'the hashes of the outputs have to stand in for it';
  return [`no parity run of ${unchecked.map(({ key }) => nameOf(key)).join(', ')}: ${instead}`];
}

function rowOf({ key, parity: { state, figures } }: GroupSummary, nameOf: (key: GroupKey) => string): string[] {
  const optional = (value: number | null | undefined, show: (value: number) => string) =>
    value === null || value === undefined ? 'n/a' : show(value);
  return [
    nameOf(key),
    state,
    `${figures?.parity_equal_tokens ?? 0} of ${figures?.parity_tokens ?? 0}`,
    optional(figures?.parity_first_divergence, (position) => `token ${position}`),
    optional(figures?.parity_top1_agreement, share),
    optional(figures?.parity_kl_mean, nats),
    optional(figures?.parity_kl_max, nats),
  ];
}

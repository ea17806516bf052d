/**
 * What may stand in one panel: the completed runs of one host, device, model, weight class and token limit. Within it a
 * member is one framework in one setting; runs of different settings are never averaged into one bar.
 */
import { countedRuns, type IdenticalRuns, identicalRuns } from '../../collate/analysis/counted-runs.ts';
import { isOfOneGroup } from '../../collate/analysis/groups.ts';
import { type Parity, parityOf } from '../../collate/analysis/parity.ts';
import type { RunRow } from '../../collate/tables/columns/runs.ts';
import { metricOf, summaryOf } from './metric.ts';
import { settings } from './settings.ts';

export interface Group {
  readonly hostname: string;
  readonly device: string;
  readonly model: string;
  readonly weightClass: string;
  /** `at most 64 tokens`, where the same model was also measured under another condition; else empty. */
  readonly condition: string;
  readonly synthetic: boolean;
  /** Fastest decode rate first. */
  readonly members: readonly Member[];
}

export interface Member {
  readonly framework: string;
  /** Formats of the weights that ran; one, unless a framework changed it between runs. */
  readonly quantize: string;
  /** What tells this member from others of the same framework: `threads 2`. Empty where there are none. */
  readonly setting: string;
  readonly comparable: boolean;
  readonly parity: Parity;
  /** Runs of it beside those of its twin: A/A. */
  readonly identical: readonly IdenticalRuns[];
  readonly runs: readonly RunRow[];
}

const decodeRate = metricOf('decode_tokens_per_s');

export function groupRuns(runs: readonly RunRow[]): Group[] {
  const counted = countedRuns(runs).filter((run) => run.workload === 'qa');
  return groupsOf(counted, {
    conditionOf: (run) => `at most ${run.max_tokens ?? 'any number of'} tokens`,
    membersOf: (group) => membersOf(group, runs),
  });
}

/** @param conditionOf what else runs must have in common, in words; said where there are several of it */
export function groupsOf(
  runs: readonly RunRow[],
  {
    conditionOf,
    membersOf,
  }: { conditionOf: (run: RunRow) => string; membersOf: (group: readonly RunRow[]) => Member[] },
): Group[] {
  const placeOf = (run: RunRow) => JSON.stringify([run.hostname, run.device, run.model, run.weight_class]);
  return bucket(runs, (run) => [placeOf(run), conditionOf(run)])
    .map((group) => {
      const [first] = group;
      const others = runs.some((run) => placeOf(run) === placeOf(first) && conditionOf(run) !== conditionOf(first));
      return {
        hostname: first.hostname ?? 'unknown host',
        device: first.device ?? 'unknown device',
        model: first.model ?? 'unknown model',
        weightClass: first.weight_class ?? 'unknown weight class',
        condition: others ? conditionOf(first) : '',
        synthetic: group.some((run) => run.synthetic === true),
        members: membersOf(group),
      };
    })
    .sort(
      (a, b) =>
        a.hostname.localeCompare(b.hostname, 'en') ||
        a.device.localeCompare(b.device, 'en') ||
        a.model.localeCompare(b.model, 'en', { numeric: true }) ||
        b.weightClass.localeCompare(a.weightClass, 'en', { numeric: true }) ||
        a.condition.localeCompare(b.condition, 'en', { numeric: true }),
    );
}

function membersOf(group: readonly RunRow[], all: readonly RunRow[]): Member[] {
  return bucket(group, (run) => [run.framework])
    .flatMap((ofFramework) => {
      const differing = settings.filter(([name]) => new Set(ofFramework.map((run) => run[name])).size > 1);
      return bucket(ofFramework, (run) => [run.comparable !== false, ...differing.map(([name]) => run[name])]).map(
        (runs) => ({
          framework: runs[0].framework ?? 'unknown framework',
          quantize: runs[0].quantize ?? '',
          setting: differing
            .map(([, words]) => words(runs[0]))
            .filter((words) => words !== '')
            .join(', '),
          comparable: runs[0].comparable !== false,
          parity: parityOf(runs, all),
          identical: identicalRuns(runs, all, isOfOneGroup),
          runs,
        }),
      );
    })
    .map((member) => ({ member, rate: summaryOf(member.runs, decodeRate)?.mean ?? 0 }))
    .sort((a, b) => b.rate - a.rate || a.member.framework.localeCompare(b.member.framework, 'en'))
    .map(({ member }) => member);
}

/** Rows with equal keys, in order of first appearance; every bucket has at least one row. */
export function bucket<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => ReadonlyArray<string | number | boolean | null>,
): Array<[Row, ...Row[]]> {
  const buckets = new Map<string, [Row, ...Row[]]>();
  for (const row of rows) {
    const key = JSON.stringify(keyOf(row));
    const found = buckets.get(key);
    if (found === undefined) buckets.set(key, [row]);
    else found.push(row);
  }
  return [...buckets.values()];
}

/** The framework, with what is particular to this member where it ran in several settings: `NAME · threads 2`. */
export function memberName(member: Member): string {
  return member.setting === '' ? member.framework : `${member.framework} · ${member.setting}`;
}

/** `box-1 · cpu · tiny · 8-bit`, with random weights named as such. */
export function groupName(group: Group): string {
  return [group.hostname, group.device, modelName(group), className(group)].join(' · ');
}

/** `8-bit`, or `8-bit, at most 64 tokens`. */
export function className({ weightClass, condition }: Pick<Group, 'weightClass' | 'condition'>): string {
  return condition === '' ? weightClass : `${weightClass}, ${condition}`;
}

/** Random weights are named as such, unless the name of the model does it. */
/** Whether its runs warned that the model is too small for its weights to decide. */
export function isToy({ members }: Pick<Group, 'members'>): boolean {
  return members.some(({ runs }) => runs.some(({ warnings }) => warnings?.split(';').includes('toy_model')));
}

export function modelName({ model, synthetic }: Pick<Group, 'model' | 'synthetic'>): string {
  return synthetic && !model.includes('synthetic') ? `${model} (synthetic weights)` : model;
}

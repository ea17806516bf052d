/**
 * What may stand in one panel: the completed runs of one host, device, model, weight class and token limit. Within it a member is one
 * framework in one setting; runs of different settings are never averaged into one bar.
 */
import type { RunRow } from '../../collate/tables/columns.ts';
import { metricOf, summaryOf } from './metric.ts';

export interface Group {
  readonly hostname: string;
  readonly device: string;
  readonly model: string;
  readonly weightClass: string;
  /** `at most 64 tokens`, where the same model was also measured with another limit; else empty. */
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
  readonly runs: readonly RunRow[];
}

const decodeRate = metricOf('decode_tokens_per_s');

export function groupRuns(runs: readonly RunRow[]): Group[] {
  const counted = runs.filter((run) => run.status === 'completed' && run.workload === 'qa');
  const placeOf = (run: RunRow) => JSON.stringify([run.hostname, run.device, run.model, run.weight_class]);
  return bucket(counted, (run) => [placeOf(run), run.max_tokens])
    .map((group) => {
      const [first] = group;
      const others = counted.some((run) => placeOf(run) === placeOf(first) && run.max_tokens !== first.max_tokens);
      return {
        hostname: first.hostname ?? 'unknown host',
        device: first.device ?? 'unknown device',
        model: first.model ?? 'unknown model',
        weightClass: first.weight_class ?? 'unknown weight class',
        condition: others ? `at most ${first.max_tokens ?? 'any number of'} tokens` : '',
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

/** Settings that make two runs of one framework different things. */
const settings = [
  ['quantize', ''],
  ['threads', 'threads'],
  ['gpu_layers', 'GPU layers'],
  ['context_tokens', 'context'],
  ['batch_tokens', 'batch'],
  ['flash_attention', 'flash attention'],
  ['kv_type', 'KV'],
  ['temperature', 'temperature'],
  ['framework_version', 'version'],
] as const satisfies ReadonlyArray<readonly [keyof RunRow, string]>;

function membersOf(group: readonly RunRow[]): Member[] {
  return bucket(group, (run) => [run.framework])
    .flatMap((ofFramework) => {
      const differing = settings.filter(([name]) => new Set(ofFramework.map((run) => run[name])).size > 1);
      return bucket(ofFramework, (run) => [run.comparable !== false, ...differing.map(([name]) => run[name])]).map(
        (runs) => ({
          framework: runs[0].framework ?? 'unknown framework',
          quantize: runs[0].quantize ?? '',
          setting: differing.map(([name, title]) => `${title} ${runs[0][name] ?? 'unknown'}`.trim()).join(', '),
          comparable: runs[0].comparable !== false,
          runs,
        }),
      );
    })
    .map((member) => ({ member, rate: summaryOf(member.runs, decodeRate)?.mean ?? 0 }))
    .sort((a, b) => b.rate - a.rate || a.member.framework.localeCompare(b.member.framework, 'en'))
    .map(({ member }) => member);
}

/** Rows with equal keys, in order of first appearance; every bucket has at least one row. */
export function bucket(
  runs: readonly RunRow[],
  keyOf: (run: RunRow) => ReadonlyArray<string | number | boolean | null>,
): Array<[RunRow, ...RunRow[]]> {
  const buckets = new Map<string, [RunRow, ...RunRow[]]>();
  for (const run of runs) {
    const key = JSON.stringify(keyOf(run));
    const found = buckets.get(key);
    if (found === undefined) buckets.set(key, [run]);
    else found.push(run);
  }
  return [...buckets.values()];
}

/** `llamacpp`, or `llamacpp · threads 2` where the framework ran in several settings. */
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

export function modelName(group: Pick<Group, 'model' | 'synthetic'>): string {
  return group.synthetic ? `${group.model} (synthetic weights)` : group.model;
}

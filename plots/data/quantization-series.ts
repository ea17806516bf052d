/** The same model in several quantisations by one framework on one device: what quantisation_impact compares. */
import { groupBy } from '../../collate/analysis/group-by.ts';
import { pick } from '../../collate/analysis/groups.ts';
import { samplesOf } from '../../collate/analysis/measures.ts';
import type { QuestionScore } from '../../scripts/results/figures/question-score.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { type Comparison, compareWith } from '../../scripts/statistics/verdict.ts';
import { type Group, isRanked, type Member, membersIn } from './groups.ts';
import { decodeRate, memberScore, summaryOf } from './metric.ts';

export interface Series extends Pick<Group, 'hostname' | 'device' | 'model' | 'condition' | 'synthetic'> {
  readonly framework: string;
  /** The framework as its makers write it. */
  readonly title: string;
  /** Widest weight class first. */
  readonly steps: readonly Step[];
  /** Labels of the fastest and slowest step that may be ranked; equal when there is one. */
  readonly fastest: string;
  readonly slowest: string;
  /** Decode rate of the fastest over the slowest; null where fewer than two may be ranked. */
  readonly comparison: Comparison | null;
  /** The groups its steps are in, with this framework alone. */
  readonly groups: readonly Group[];
}

export interface Step {
  /** Quantisation, with the setting where the framework ran in several. */
  readonly label: string;
  /** Nominal width of its weight class: what a file converted at load is worth. */
  readonly classBits: number;
  /** Bits per weight of the file. */
  readonly bitsPerWeight: number | null;
  readonly ranked: boolean;
  readonly runs: readonly RunRow[];
  /** By question; null where nothing is known of any answer. */
  readonly score: QuestionScore | null;
}

const decodeMeasure = { column: 'decode_tokens_per_s' } as const;

export function seriesOf(groups: readonly Group[]): Series[] {
  return groupBy(membersIn(groups), ({ group, member: { framework, runs } }) => {
    const { hostname, device, model, condition } = group;
    return [framework, hostname, device, model, condition, ...sameSettings.map((name) => runs[0]?.[name] ?? null)];
  }).map((found) => {
    const [first] = found;
    const steps = found
      .map(({ group, member }) => stepOf(group, member))
      .sort(
        (a, b) =>
          b.classBits - a.classBits ||
          (b.bitsPerWeight ?? 0) - (a.bitsPerWeight ?? 0) ||
          a.label.localeCompare(b.label, 'en'),
      );
    return {
      ...pick(first.member, ['framework', 'title']),
      ...pick(first.group, ['hostname', 'device', 'model', 'condition', 'synthetic']),
      steps,
      ...extremes(steps),
      groups: found.map(({ group, member }) => ({ ...group, members: [member] })),
    };
  });
}

/** What a quantisation must not differ in from the next one, or the comparison would be of two things. */
const sameSettings = [
  'threads',
  'gpu_layers',
  'batch_tokens',
  'flash_attention',
  'kv_type',
  'compile',
  'device_count',
  'shard',
] as const satisfies ReadonlyArray<keyof RunRow>;

function stepOf({ weightClass }: Group, member: Member): Step {
  const quantize = member.quantize === '' ? 'unknown format' : member.quantize;
  const setting = member.setting === quantize ? '' : member.setting;
  return {
    label: setting === '' ? quantize : setting.startsWith(quantize) ? setting : `${quantize} · ${setting}`,
    classBits: Number.parseInt(weightClass, 10) || 0,
    bitsPerWeight: member.runs[0]?.bits_per_weight ?? null,
    ranked: isRanked(member),
    runs: member.runs,
    score: memberScore(member.runs),
  };
}

function extremes(steps: readonly Step[]): Pick<Series, 'fastest' | 'slowest' | 'comparison'> {
  const ranked = steps
    .filter((step) => step.ranked)
    .flatMap((step) => {
      const summary = summaryOf(step.runs, decodeRate);
      return summary === null ? [] : [{ step, rate: summary.center }];
    })
    .sort((a, b) => b.rate - a.rate);
  const first = ranked.at(0);
  const last = ranked.at(-1);
  if (first === undefined || last === undefined || first === last) {
    return { fastest: first?.step.label ?? '', slowest: last?.step.label ?? '', comparison: null };
  }
  const [slowest, ...others] = ranked.map(({ step }) => samplesOf(step.runs, decodeMeasure)).toReversed();
  // All of them are in the family, for any two might have become the fastest and the slowest.
  const comparisons = compareWith(slowest ?? [], others, { reference: 'chosen by its result' });
  return { fastest: first.step.label, slowest: last.step.label, comparison: comparisons.at(-1) ?? null };
}

/** Charts of bars, a panel for every group: at a glance, and bytes per second while decoding. */
import { significant } from '../../scripts/command-line/format.ts';
import { type Group, memberName, rankedBy } from '../data/groups.ts';
import { residentLines } from '../data/memory.ts';
import { type Metric, metricOf, samplesOf } from '../data/metric.ts';
import { nextCommands } from '../data/next-commands.ts';
import { barScaleLines, barStack, groupPanels } from '../panels/bar-stack.ts';
import { markLines } from '../panels/marks.ts';
import { groupTable } from '../report/table.ts';
import type { Chart, Question } from './chart.ts';
import { barLayout, chooseGroups, compactLayout, describeGroups, groupLines, noAnswers } from './scope.ts';
import { page } from './sheet.ts';

type Groups = readonly Group[];
type Metrics = readonly [Metric, ...Metric[]];

interface GroupChart extends Question {
  /** A column of bars each; many of them need the whole width. */
  readonly metrics: Metrics;
  /** The metric of the alternative text. */
  readonly spoken: Metric;
  /** What is missing where no group can be shown. */
  readonly missing: string;
  readonly groupsOf?: (groups: Groups) => Groups;
  readonly title: (groups: Groups) => string | null;
  /** What the marks mean, in the small print. */
  readonly notes: (shown: Groups) => readonly string[];
  readonly table: Pick<Parameters<typeof groupTable>[0], 'caption' | 'intervals' | 'weights'>;
  /** Begins the alternative text: what kind of picture it is. */
  readonly kind: (groups: Groups) => string;
}

export function groupChart({ name, question, metrics, groupsOf = (groups) => groups, ...chart }: GroupChart): Chart {
  return {
    name,
    question,
    draw(data, sheet = page) {
      const groups = groupsOf(data.groups);
      if (groups.length === 0) return { kind: 'gap', sentence: chart.missing, command: nextCommands(data).measure };
      const chosen = chooseGroups(groups, metrics.length > 2 ? compactLayout : barLayout, sheet);
      const panels = groupPanels(chosen.shown);
      return {
        kind: 'picture',
        title: chart.title(groups),
        subtitle: groupLines(chosen, [...chart.notes(chosen.shown), ...barScaleLines(panels, metrics)]),
        spec: barStack(panels, metrics, sheet.width),
        table: groupTable({ ...chart.table, groups, metrics }),
        alt: `${chart.kind(groups)} ${describeGroups(groups, chart.spoken)}`,
      };
    },
  };
}

const decodeRate = { ...metricOf('decode_tokens_per_s'), title: 'Decode' };
const glance: Metrics = [
  { ...metricOf('ttft_ms'), title: 'TTFT' },
  { ...metricOf('tpot_ms'), title: 'TPOT' },
  decodeRate,
  { ...metricOf('prefill_tokens_per_s'), title: 'Prefill' },
  metricOf('peak_rss_bytes'),
];

export const summaryStats = groupChart({
  name: 'summary_stats',
  question: 'How do the frameworks compare at a glance?',
  metrics: glance,
  spoken: decodeRate,
  missing: noAnswers,
  title(groups) {
    const [framework, ...others] = new Set(groups.flatMap(({ members }) => members.map((member) => member.title)));
    return others.length > 0 ? null : `${framework} at a glance: latency, speed and memory`;
  },
  notes: (shown) => [
    'TTFT: time to first token. TPOT: time per output token. Shorter is better, except for the rates.',
    ...markLines(shown, glance),
  ],
  table: { caption: 'Geometric means over runs of the warm figures', intervals: false },
  kind(groups) {
    const names = [...new Set(groups.flatMap(({ members }) => members.map(memberName)))].join(', ');
    return `Small multiples of bars for ${names}: ${glance.map(({ title }) => title.toLowerCase()).join(', ')}.`;
  },
});

export const memoryThroughput = throughputChart({
  name: 'memory_throughput',
  metric: metricOf('memory_throughput_gb_s'),
  question: 'How much memory bandwidth does decoding use?',
  what: 'weights and KV cache',
});

export const paramThroughput = throughputChart({
  name: 'param_throughput',
  metric: metricOf('param_throughput_gb_s'),
  question: 'How many bytes of weights does decoding read per second?',
  what: 'weight bytes',
});

interface Throughput extends Question {
  readonly metric: Metric;
  /** What is read: `weights`. */
  readonly what: string;
}

function throughputChart({ name, question, metric, what }: Throughput): Chart {
  return groupChart({
    name,
    question,
    metrics: [metric],
    spoken: metric,
    missing: 'No completed run of the question workload has this figure.',
    groupsOf: (groups) =>
      groups.filter(({ members }) => members.some(({ runs }) => samplesOf(runs, metric).length > 0)),
    title([group, ...others]) {
      // Reading more is no merit: weights in float32 are read in float32. So nobody leads here.
      if (group === undefined || others.length > 0 || group.members.length > 1) return null;
      const [only] = rankedBy(group, metric, 'higher');
      if (only === undefined) return null;
      return `${only.member.title} reads ${significant(only.value)} ${metric.unit} of ${what} while decoding`;
    },
    notes: (shown) => [...markLines(shown, [metric]), `${metric.formula}.`, ...residentLines(shown)],
    table: { caption: `${metric.title} while decoding`, weights: true },
    kind: () => `Bar chart. ${question}`,
  });
}

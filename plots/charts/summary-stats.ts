/** Small multiples of the figures people ask for first: one column each, with an axis of its own. */
import { memberName } from '../data/groups.ts';
import { metricOf } from '../data/metric.ts';
import { nextCommands } from '../data/next-commands.ts';
import type { PlotData } from '../data/plot-data.ts';
import { groupBars, scaleLines } from '../panels/group-bars.ts';
import { compactStack } from '../panels/stack.ts';
import { groupTable } from '../report/table.ts';
import { describeGroups } from './captions/alt-text.ts';
import { chooseGroups, leftLines, markLines, scopeLines } from './captions/marks.ts';
import { type Chart, draw } from './chart.ts';

const metrics = [
  { ...metricOf('ttft_ms'), title: 'TTFT' },
  { ...metricOf('tpot_ms'), title: 'TPOT' },
  { ...metricOf('decode_tokens_per_s'), title: 'Decode' },
  { ...metricOf('prefill_tokens_per_s'), title: 'Prefill' },
  metricOf('peak_rss_bytes'),
];

const mostGroups = 6;
const question = 'How do the frameworks compare at a glance?';
const chosen = ({ groups }: PlotData) => chooseGroups(groups, mostGroups, compactStack);

export const summaryStats: Chart = {
  name: 'summary_stats',
  question,
  applicable: (data) =>
    data.groups.length > 0
      ? draw
      : {
          kind: 'nothing',
          sentence: 'No run of the question workload was completed.',
          command: nextCommands(data).measure,
        },
  title: ({ groups }) => {
    const names = new Set(groups.flatMap((group) => group.members.map((member) => member.framework)));
    const [only] = names;
    return names.size === 1 && only !== undefined ? `${only} at a glance: latency, speed and memory` : question;
  },
  subtitle: (data) => {
    const groups = chosen(data);
    return [
      ...scopeLines(groups),
      'TTFT: time to first token. TPOT: time per output token. Shorter is better, except for the rates.',
      ...markLines(groups.shown, metrics),
      ...scaleLines(groups.shown, metrics),
      ...leftLines(groups),
    ];
  },
  spec: (data) => groupBars(chosen(data).shown, metrics),
  table: ({ groups }) =>
    groupTable({ caption: 'Geometric means over runs of the warm figures', groups, metrics, intervals: false }),
  alt: ({ groups }) => {
    const names = groups.flatMap((group) => group.members.map(memberName));
    const figures = metrics.map((metric) => metric.title.toLowerCase()).join(', ');
    const [rate] = metrics.filter((metric) => metric.name === 'decode_tokens_per_s');
    return `Small multiples of bars for ${[...new Set(names)].join(', ')}: ${figures}. ${
      rate === undefined ? '' : describeGroups(groups, rate)
    }`.trim();
  },
};

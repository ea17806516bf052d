/** Small multiples of the figures people ask for first: one column each, with an axis of its own. */
import { memberName } from '../data/groups.ts';
import { metricOf } from '../data/metric.ts';
import { nextCommands } from '../data/next-commands.ts';
import { groupBars, scaleLines } from '../panels/group-bars.ts';
import { compactStack } from '../panels/panel.ts';
import { groupTable } from '../report/table.ts';
import { markLines } from './captions/marks.ts';
import { chooseGroups, describeGroups, leftLines, scopeLines } from './captions/scope.ts';
import type { Chart } from './chart.ts';

const decodeRate = { ...metricOf('decode_tokens_per_s'), title: 'Decode' };
const metrics = [
  { ...metricOf('ttft_ms'), title: 'TTFT' },
  { ...metricOf('tpot_ms'), title: 'TPOT' },
  decodeRate,
  { ...metricOf('prefill_tokens_per_s'), title: 'Prefill' },
  metricOf('peak_rss_bytes'),
];

const mostGroups = 6;

export const summaryStats: Chart = {
  name: 'summary_stats',
  question: 'How do the frameworks compare at a glance?',
  draw(data) {
    const { groups } = data;
    if (groups.length === 0) {
      const sentence = 'No run of the question workload was completed.';
      return { kind: 'gap', sentence, command: nextCommands(data).measure };
    }
    const chosen = chooseGroups(groups, mostGroups, compactStack);
    const members = groups.flatMap((group) => group.members);
    const [framework, ...others] = new Set(members.map((member) => member.framework));
    const names = [...new Set(members.map(memberName))].join(', ');
    const figures = metrics.map((metric) => metric.title.toLowerCase()).join(', ');
    return {
      kind: 'picture',
      title:
        framework !== undefined && others.length === 0 ? `${framework} at a glance: latency, speed and memory` : null,
      subtitle: [
        ...scopeLines(chosen),
        'TTFT: time to first token. TPOT: time per output token. Shorter is better, except for the rates.',
        ...markLines(chosen.shown, metrics),
        ...scaleLines(chosen.shown, metrics),
        ...leftLines(chosen),
      ],
      spec: groupBars(chosen.shown, metrics),
      table: groupTable({
        caption: 'Geometric means over runs of the warm figures',
        groups,
        metrics,
        intervals: false,
      }),
      alt: `Small multiples of bars for ${names}: ${figures}. ${describeGroups(groups, decodeRate)}`.trim(),
    };
  },
};

/** Bytes per second while decoding, in two charts: with the KV cache, and of the weights alone. */
import { significant } from '../../scripts/command-line/format.ts';
import { rankedBy } from '../data/groups.ts';
import { residentLines } from '../data/memory.ts';
import { metricOf, samplesOf } from '../data/metric.ts';
import { nextCommands } from '../data/next-commands.ts';
import { groupBars, scaleLines } from '../panels/group-bars.ts';
import { barStack, mostPanels } from '../panels/panel.ts';
import { groupTable } from '../report/table.ts';
import { markLines } from './captions/marks.ts';
import { chooseGroups, describeGroups, leftLines, scopeLines } from './captions/scope.ts';
import type { Chart } from './chart.ts';

interface Throughput {
  name: string;
  column: 'memory_throughput_gb_s' | 'param_throughput_gb_s';
  question: string;
  /** What is read: `weights`. */
  what: string;
}

export const memoryThroughput = throughputChart({
  name: 'memory_throughput',
  column: 'memory_throughput_gb_s',
  question: 'How much memory bandwidth does decoding use?',
  what: 'weights and KV cache',
});

export const paramThroughput = throughputChart({
  name: 'param_throughput',
  column: 'param_throughput_gb_s',
  question: 'How many bytes of weights does decoding read per second?',
  what: 'weight bytes',
});

function throughputChart({ name, column, question, what }: Throughput): Chart {
  const metric = metricOf(column);
  const metrics = [metric];
  return {
    name,
    question,
    draw(data) {
      const groups = data.groups.filter((group) =>
        group.members.some((member) => samplesOf(member.runs, metric).length > 0),
      );
      const [group, ...others] = groups;
      if (group === undefined) {
        const sentence = 'No completed run of the question workload has this figure.';
        return { kind: 'gap', sentence, command: nextCommands(data).measure };
      }
      const chosen = chooseGroups(groups, mostPanels, barStack);
      // Reading more is no merit: weights in float32 are read in float32. So nobody leads here.
      const isAlone = others.length === 0 && group.members.length === 1;
      const only = isAlone ? rankedBy(group, metric, 'higher')[0] : undefined;
      return {
        kind: 'picture',
        title:
          only === undefined
            ? null
            : `${only.member.framework} reads ${significant(only.value)} ${metric.unit} of ${what} while decoding`,
        subtitle: [
          ...scopeLines(chosen),
          ...markLines(chosen.shown, metrics),
          `${metric.formula}.`,
          ...residentLines(chosen.shown),
          ...scaleLines(chosen.shown, metrics),
          ...leftLines(chosen),
        ],
        spec: groupBars(chosen.shown, metrics),
        table: groupTable({ caption: `${metric.title} while decoding`, groups, metrics, weights: true }),
        alt: `Bar chart. ${question} ${describeGroups(groups, metric)}`,
      };
    },
  };
}

/** Bytes per second while decoding: a chart of one throughput figure, the same for both of them. */
import { significant } from '../../scripts/command-line/format.ts';
import { rankedBy } from '../data/leader.ts';
import { metricOf, samplesOf } from '../data/metric.ts';
import { nextCommands } from '../data/next-commands.ts';
import type { PlotData } from '../data/plot-data.ts';
import { residentLines } from '../data/resident-weights.ts';
import { groupBars, scaleLines } from '../panels/group-bars.ts';
import { barStack, mostPanels } from '../panels/stack.ts';
import { groupTable } from '../report/table.ts';
import { describeGroups } from './captions/alt-text.ts';
import { chooseGroups, leftLines, markLines, scopeLines } from './captions/marks.ts';
import { type Chart, draw } from './chart.ts';

export interface Throughput {
  name: string;
  column: 'memory_throughput_gb_s' | 'param_throughput_gb_s';
  question: string;
  /** What is read: `weights`. */
  what: string;
}

export function throughputChart({ name, column, question, what }: Throughput): Chart {
  const metric = metricOf(column);
  const withFigure = ({ groups }: PlotData) =>
    groups.filter((group) => group.members.some((member) => samplesOf(member.runs, metric).length > 0));
  const chosen = (data: PlotData) => chooseGroups(withFigure(data), mostPanels, barStack);
  return {
    name,
    question,
    applicable: (data) =>
      withFigure(data).length > 0
        ? draw
        : {
            kind: 'nothing',
            sentence: 'No completed run of the question workload has this figure.',
            command: nextCommands(data).measure,
          },
    title: (data) => {
      // Reading more is no merit: weights in float32 are read in float32. So nobody leads here.
      const groups = withFigure(data);
      const [group, ...others] = groups;
      const alone = others.length === 0 && group?.members.length === 1;
      const only = alone ? rankedBy(group, metric, 'higher')[0] : undefined;
      return only === undefined
        ? question
        : `${only.member.framework} reads ${significant(only.value)} ${metric.unit} of ${what} while decoding`;
    },
    subtitle: (data) => {
      const groups = chosen(data);
      return [
        ...scopeLines(groups),
        ...markLines(groups.shown, [metric]),
        `${metric.formula}.`,
        ...residentLines(groups.shown),
        ...scaleLines(groups.shown, [metric]),
        ...leftLines(groups),
      ];
    },
    spec: (data) => groupBars(chosen(data).shown, [metric]),
    table: (data) =>
      groupTable({
        caption: `${metric.title} while decoding`,
        groups: withFigure(data),
        metrics: [metric],
        weights: true,
      }),
    alt: (data) => `Bar chart. ${question} ${describeGroups(withFigure(data), metric)}`,
  };
}

/** What it takes to hand a decode step to the device, beside what the whole step takes. */
import { significant } from '../../scripts/command-line/format.ts';
import { type Group, groupName, type Member, memberName } from '../data/groups.ts';
import { type GapQuantiles, gapQuantiles } from '../data/latency.ts';
import type { PlotData } from '../data/plot-data.ts';
import { oneBelowOther } from '../panels/panel.ts';
import { quantileStack } from '../panels/quantile-panel.ts';
import { looksOf } from '../panels/rows.ts';
import { count, figure, groupCells, groupColumns, right, withoutConstants } from '../report/table.ts';
import { hollowLines } from './captions/marks.ts';
import { chooseGroups, leftLines, scopeLines } from './captions/scope.ts';
import type { Chart } from './chart.ts';

const mostGroups = 6;

export const enqueueLatency: Chart = {
  name: 'enqueue_latency',
  question: 'How much of a token goes into handing work to the device?',
  draw(data) {
    const groups = enqueuing(data);
    if (groups.length === 0) return null;
    const chosen = chooseGroups(groups, mostGroups, oneBelowOther);
    const all = groups.flatMap((group) => group.steps.map((steps) => ({ group, ...steps })));
    const [only, ...others] = all;
    return {
      kind: 'picture',
      title:
        only === undefined || others.length > 0
          ? null
          : `${only.member.framework} hands a step over in ${significant(only.enqueue.p50)} ms of ${significant(only.token.p50)} ms`,
      subtitle: [
        ...scopeLines(chosen),
        'Pale: until the work of a decode step was handed to the device. Full: until its token exists.',
        'Box: middle half of the steps of all runs. Line: 5th to 95th percentile. Dark bar: median. Diamond: 99th.',
        ...hollowLines(chosen.shown),
        ...leftLines(chosen),
      ],
      spec: quantileStack(
        groups
          .filter((group) => chosen.shown.includes(group))
          .map((group) => ({ title: groupName(group), rows: group.steps.flatMap(rowsOf) })),
        'Latency of a step',
      ),
      table: withoutConstants({
        kind: 'table',
        caption: 'Handing a decode step to the device, and the whole step, of all runs together',
        columns: [
          ...groupColumns,
          right('Steps'),
          right('Enqueue, median', 'ms'),
          right('Enqueue, p95', 'ms'),
          right('Token, median', 'ms'),
          right('Token, p95', 'ms'),
          right('Enqueue over token'),
        ],
        rows: all.map(({ group, member, enqueue, token }) => {
          const share = enqueue.p50 / token.p50;
          return [
            ...groupCells(group, member),
            count(enqueue.count),
            ...[enqueue.p50, enqueue.p95, token.p50, token.p95].map(figure),
            { text: `${significant(share * 100, 2)} %`, value: share },
          ];
        }),
      }),
      alt: `Box plots of enqueue and token latency. ${all
        .map(
          ({ group, member, enqueue, token }) =>
            `${groupName(group)}, ${memberName(member)}: ${significant(enqueue.p50)} ms of ${significant(token.p50)} ms.`,
        )
        .slice(0, 12)
        .join(' ')}`,
    };
  },
};

interface Steps {
  readonly member: Member;
  readonly enqueue: GapQuantiles;
  readonly token: GapQuantiles;
}

/** Groups with the members alone whose engine says when a step was handed over. */
function enqueuing({ groups, latencies, enqueueLatencies }: PlotData): Array<Group & { steps: readonly Steps[] }> {
  return groups
    .map((group) => {
      const steps = group.members.flatMap((member) => {
        const enqueue = gapQuantiles(member, enqueueLatencies);
        const token = gapQuantiles(member, latencies);
        return enqueue === null || token === null ? [] : [{ member, enqueue, token }];
      });
      return { ...group, members: steps.map(({ member }) => member), steps };
    })
    .filter(({ steps }) => steps.length > 0);
}

function rowsOf({ member, enqueue, token }: Steps) {
  const name = memberName(member);
  return [
    { name: `${name} · handed over`, ...looksOf(member), pale: true, gaps: enqueue },
    { name: `${name} · token`, ...looksOf(member), gaps: token },
  ];
}

/** What it takes to hand a decode step to the device, beside what the whole step takes. */
import { significant } from '../../scripts/command-line/format.ts';
import { type GapQuantiles, gapQuantiles } from '../data/gap-quantiles.ts';
import { type Group, groupName, type Member, memberName } from '../data/groups.ts';
import type { PlotData } from '../data/plot-data.ts';
import { isRanked } from '../data/standing.ts';
import { quantilePanel, quantileScale } from '../panels/quantile-panel.ts';
import { labelled } from '../panels/rows.ts';
import { oneBelowOther, panelStack, panelWidth } from '../panels/stack.ts';
import { frameworkColor } from '../render/palette.ts';
import { count, figure, groupCells, groupColumns, right, withoutConstants } from '../report/table.ts';
import { chooseGroups, hollowLines, leftLines, scopeLines } from './captions/marks.ts';
import { type Chart, draw } from './chart.ts';

const mostGroups = 6;
const question = 'How much of a token goes into handing work to the device?';

interface Steps {
  member: Member;
  enqueue: GapQuantiles;
  token: GapQuantiles;
}

/** Members whose engine tells when a step was handed over. */
function stepsOf(group: Group, { latencies, enqueueLatencies }: PlotData): Steps[] {
  return group.members.flatMap((member) => {
    const enqueue = gapQuantiles(member, enqueueLatencies);
    const token = gapQuantiles(member, latencies);
    return enqueue === null || token === null ? [] : { member, enqueue, token };
  });
}

/** The same groups, with those members alone. */
function enqueuing(data: PlotData): Group[] {
  return data.groups
    .map((group) => ({ ...group, members: stepsOf(group, data).map(({ member }) => member) }))
    .filter(({ members }) => members.length > 0);
}

const chosen = (data: PlotData) => chooseGroups(enqueuing(data), mostGroups, oneBelowOther);
const shareOf = ({ enqueue, token }: Steps) => enqueue.p50 / token.p50;
const percent = (share: number) => `${significant(share * 100, 2)} %`;

export const enqueueLatency: Chart = {
  name: 'enqueue_latency',
  question,
  applicable: (data) => (enqueuing(data).length > 0 ? draw : { kind: 'absent' }),
  title: (data) => {
    const all = enqueuing(data).flatMap((group) => stepsOf(group, data));
    const [only] = all;
    if (only === undefined || all.length > 1) return question;
    return `${only.member.framework} hands a step over in ${significant(only.enqueue.p50)} ms of ${significant(only.token.p50)} ms`;
  },
  subtitle: (data) => {
    const groups = chosen(data);
    return [
      ...scopeLines(groups),
      'Pale: until the work of a decode step was handed to the device. Full: until its token exists.',
      'Box: middle half of the steps of all runs. Line: 5th to 95th percentile. Dark bar: median. Diamond: 99th.',
      ...hollowLines(groups.shown),
      ...leftLines(groups),
    ];
  },
  spec: (data) => {
    const { shown } = chosen(data);
    const panels = labelled(shown, ({ members }) => members.flatMap(rowNames)).map(({ panel: group, labels }) => ({
      rows: stepsOf(group, data).flatMap(({ member, enqueue, token }) => {
        const looks = { color: frameworkColor(member.framework), ranked: isRanked(member) };
        return [
          { ...looks, pale: true, gaps: enqueue },
          { ...looks, gaps: token },
        ];
      }),
      labels,
      width: panelWidth(1) - labels.width,
      title: 'Latency of a step',
    }));
    const scale = quantileScale(panels);
    return panelStack(
      shown.map((group, i) => ({
        title: shown.length === 1 ? '' : groupName(group),
        cells: panels.slice(i, i + 1).map((panel) => quantilePanel(panel, scale)),
      })),
    );
  },
  table: (data) =>
    withoutConstants({
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
      rows: enqueuing(data).flatMap((group) =>
        stepsOf(group, data).map((steps) => [
          ...groupCells(group, steps.member),
          count(steps.enqueue.count),
          ...[steps.enqueue.p50, steps.enqueue.p95, steps.token.p50, steps.token.p95].map(figure),
          { text: percent(shareOf(steps)), value: shareOf(steps) },
        ]),
      ),
    }),
  alt: (data) => {
    const sentences = enqueuing(data).flatMap((group) =>
      stepsOf(group, data).map(
        (steps) =>
          `${groupName(group)}, ${memberName(steps.member)}: ${significant(steps.enqueue.p50)} ms of ${significant(steps.token.p50)} ms.`,
      ),
    );
    return `Box plots of enqueue and token latency. ${sentences.slice(0, 12).join(' ')}`;
  },
};

const rowNames = (member: Member) => [`${memberName(member)} · handed over`, `${memberName(member)} · token`];

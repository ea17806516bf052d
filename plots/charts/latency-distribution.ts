/** How steadily tokens come: the gaps between tokens of the measured answers. */
import { significant } from '../../scripts/command-line/format.ts';
import { type GapQuantiles, gapQuantiles } from '../data/gap-quantiles.ts';
import { type Group, groupName, type Member, memberName } from '../data/groups.ts';
import { nextCommands } from '../data/next-commands.ts';
import type { PlotData } from '../data/plot-data.ts';
import { isRanked } from '../data/standing.ts';
import { type Chart, draw } from './chart.ts';
import { count, figure, groupCells, groupColumns, right, withoutConstants } from './group-table.ts';
import { frameworkColor } from './palette.ts';
import { panelStack, panelWidth } from './panel-stack.ts';
import { isWide, quantilePanel } from './quantile-panel.ts';
import { labelled } from './row-label.ts';
import { chooseGroups, hollowLines, scopeLines } from './subtitle.ts';

/** Labels need the whole width, so panels stand under each other and fewer fit on a page. */
const mostGroups = 6;
const question = 'How steadily do tokens come?';

interface Distribution {
  member: Member;
  gaps: GapQuantiles;
}

/** Members with enough gaps, steadiest (by median) first. */
function distributions(group: Group, { latencies }: PlotData): Distribution[] {
  return group.members
    .flatMap((member) => {
      const gaps = gapQuantiles(member, latencies);
      return gaps === null ? [] : [{ member, gaps }];
    })
    .sort((a, b) => a.gaps.p50 - b.gaps.p50);
}

const withGaps = (data: PlotData) => data.groups.filter((group) => distributions(group, data).length > 0);

export const latencyDistribution: Chart = {
  name: 'latency_distribution',
  question,
  applicable: (data) =>
    withGaps(data).length > 0
      ? draw
      : {
          kind: 'nothing',
          sentence: 'A distribution needs at least twenty gaps between tokens of measured answers.',
          command: nextCommands(data).moreTokens,
        },
  title: (data) => {
    const all = withGaps(data).flatMap((group) => distributions(group, data));
    const [only] = all;
    if (only === undefined || all.length !== 1) return question;
    const tail = only.gaps.p95 === null ? '' : `, 95 % within ${significant(only.gaps.p95)} ms`;
    return `${memberName(only.member)}: half of the tokens come within ${significant(only.gaps.p50)} ms${tail}`;
  },
  subtitle: (data) => {
    const groups = chooseGroups(withGaps(data), mostGroups);
    return [
      ...scopeLines(groups),
      'Box: middle half of the gaps between tokens. Line: 5th to 95th percentile. Dark bar: median. Diamond: 99th.',
      'Gaps of all runs together; they are not independent, so no intervals. A percentile needs five gaps beyond it.',
      ...hollowLines(groups.shown),
    ];
  },
  spec: (data) => {
    const { shown } = chooseGroups(withGaps(data), mostGroups);
    return panelStack(
      labelled(shown, (group) => distributions(group, data).map(({ member }) => memberName(member))).map(
        ({ panel: group, labels }) => {
          const rows = distributions(group, data);
          return {
            title: shown.length === 1 ? '' : groupName(group),
            cells: [
              quantilePanel({
                rows: rows.map(({ member, gaps }) => ({
                  color: frameworkColor(member.framework),
                  ranked: isRanked(member),
                  gaps,
                })),
                labels,
                width: panelWidth(1) - labels.width,
                title: 'Inter-token latency',
                logarithmic: isWide(rows),
              }),
            ],
          };
        },
      ),
    );
  },
  table: (data) =>
    withoutConstants({
      kind: 'table',
      caption: 'Inter-token latency, gaps of all runs together',
      columns: [
        ...groupColumns,
        right('Gaps'),
        ...['p5', 'p25', 'Median', 'p75', 'p95', 'p99', 'Maximum'].map((title) => right(title, 'ms')),
      ],
      rows: withGaps(data).flatMap((group) =>
        distributions(group, data).map(({ member, gaps }) => [
          ...groupCells(group, member),
          count(gaps.count),
          ...[gaps.p5, gaps.p25, gaps.p50, gaps.p75, gaps.p95, gaps.p99, gaps.max].map(figure),
        ]),
      ),
    }),
  alt: (data) => {
    const sentences = withGaps(data).flatMap((group) =>
      distributions(group, data).map(
        ({ member, gaps }) => `${groupName(group)}, ${memberName(member)}: median ${significant(gaps.p50)} ms.`,
      ),
    );
    return `Box plots of the inter-token latency. ${sentences.slice(0, 12).join(' ')}`;
  },
};

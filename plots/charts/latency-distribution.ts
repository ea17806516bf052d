/**
 * How steadily tokens come: the gaps between tokens of the measured answers. In the engine, and at a client of a server: what is
 * timed there are pieces of text that came over a connection, and the two share no chart.
 */
import { significant } from '../../scripts/command-line/format.ts';
import { type GapQuantiles, gapQuantiles } from '../data/gap-quantiles.ts';
import { type Group, groupName, type Member, memberName } from '../data/groups.ts';
import { nextCommands } from '../data/next-commands.ts';
import type { PlotData } from '../data/plot-data.ts';
import { isRanked } from '../data/standing.ts';
import { quantilePanel, quantileScale } from '../panels/quantile-panel.ts';
import { labelled } from '../panels/rows.ts';
import { oneBelowOther, panelStack, panelWidth } from '../panels/stack.ts';
import { frameworkColor } from '../render/palette.ts';
import { count, figure, groupCells, groupColumns, right, withoutConstants } from '../report/table.ts';
import { chooseGroups, hollowLines, leftLines, scopeLines } from './captions/marks.ts';
import { type Chart, draw } from './chart.ts';

/** Labels need the whole width, so panels stand under each other and fewer fit on a page. */
const mostGroups = 6;

interface Level {
  name: string;
  question: string;
  /** Of what is timed. */
  axis: string;
  what: string;
  has: (group: Group) => boolean;
}

const isServed = ({ device }: Group) => device === 'server';

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

export const latencyDistribution = distributionChart({
  name: 'latency_distribution',
  question: 'How steadily do tokens come?',
  axis: 'Inter-token latency',
  what: 'tokens',
  has: (group) => !isServed(group),
});

export const arrivalDistribution: Chart = {
  ...distributionChart({
    name: 'arrival_distribution',
    question: 'How steadily does text arrive at the client of a server?',
    axis: 'Inter-chunk latency at the client',
    what: 'pieces of text',
    has: isServed,
  }),
  // Nobody misses it who has not measured a server.
  applicable: (data) =>
    data.groups.some((group) => isServed(group) && distributions(group, data).length > 0) ? draw : { kind: 'absent' },
};

function distributionChart({ name, question, axis, what, has }: Level): Chart {
  const withGaps = (data: PlotData) =>
    data.groups.filter((group) => has(group) && distributions(group, data).length > 0);
  return {
    name,
    question,
    applicable: (data) =>
      withGaps(data).length > 0
        ? draw
        : {
            kind: 'nothing',
            sentence:
              'A distribution needs at least twenty gaps between tokens of measured answers, repeats not counted.',
            command: nextCommands(data).moreTokens,
          },
    title: (data) => {
      const all = withGaps(data).flatMap((group) => distributions(group, data));
      const [only] = all;
      if (only === undefined || all.length !== 1) return question;
      const tail = only.gaps.p95 === null ? '' : `, 95 % within ${significant(only.gaps.p95)} ms`;
      return `${only.member.framework}: half of the ${what} come within ${significant(only.gaps.p50)} ms${tail}`;
    },
    subtitle: (data) => {
      const groups = chooseGroups(withGaps(data), mostGroups, oneBelowOther);
      return [
        ...scopeLines(groups),
        `Box: middle half of the gaps between ${what}. Line: 5th to 95th percentile. Dark bar: median. Diamond: 99th.`,
        'n: gaps of different answers × how often each was given; the same greedy answer again is a repeat. They are not independent, so no intervals. A percentile needs five gaps beyond it, repeats not counted.',
        ...hollowLines(groups.shown),
        ...leftLines(groups),
      ];
    },
    spec: (data) => {
      const { shown } = chooseGroups(withGaps(data), mostGroups, oneBelowOther);
      const panels = labelled(shown, (group) => distributions(group, data).map(({ member }) => memberName(member))).map(
        ({ panel: group, labels }) => ({
          rows: distributions(group, data).map(({ member, gaps }) => ({
            color: frameworkColor(member.framework),
            ranked: isRanked(member),
            gaps,
          })),
          labels,
          width: panelWidth(1) - labels.width,
          title: axis,
        }),
      );
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
        caption: `${axis}, gaps of all runs together`,
        columns: [
          ...groupColumns,
          right('Gaps'),
          right('Times each'),
          ...['p5', 'p25', 'Median', 'p75', 'p95', 'p99', 'Maximum'].map((title) => right(title, 'ms')),
        ],
        rows: withGaps(data).flatMap((group) =>
          distributions(group, data).map(({ member, gaps }) => [
            ...groupCells(group, member),
            count(gaps.count),
            figure(gaps.repeats),
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
      return `Box plots of the ${axis.charAt(0).toLowerCase()}${axis.slice(1)}. ${sentences.slice(0, 12).join(' ')}`;
    },
  };
}

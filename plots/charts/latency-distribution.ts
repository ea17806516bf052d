/**
 * How steadily tokens come: the gaps between tokens of the measured answers. In the engine, and at a client of a server: what is
 * timed there are pieces of text that came over a connection, and the two share no chart.
 */
import { significant } from '../../scripts/command-line/format.ts';
import { type Group, groupName, type Member, memberName } from '../data/groups.ts';
import { type GapQuantiles, gapQuantiles } from '../data/latency.ts';
import { nextCommands } from '../data/next-commands.ts';
import type { PlotData } from '../data/plot-data.ts';
import { oneBelowOther } from '../panels/panel.ts';
import { quantileStack } from '../panels/quantile-panel.ts';
import { looksOf } from '../panels/rows.ts';
import { count, figure, groupCells, groupColumns, right, withoutConstants } from '../report/table.ts';
import { hollowLines } from './captions/marks.ts';
import { chooseGroups, leftLines, scopeLines } from './captions/scope.ts';
import type { Chart, Gap, Picture } from './chart.ts';

/** Labels need the whole width, so panels stand under each other and fewer fit on a page. */
const mostGroups = 6;

export const latencyDistribution: Chart = {
  name: 'latency_distribution',
  question: 'How steadily do tokens come?',
  draw(data) {
    const groups = withGaps(data, (group) => !isServed(group));
    return groups.length === 0 ? tooFewGaps(data) : picture(groups, { axis: 'Inter-token latency', what: 'tokens' });
  },
};

export const arrivalDistribution: Chart = {
  name: 'arrival_distribution',
  question: 'How steadily does text arrive at the client of a server?',
  draw(data) {
    const groups = withGaps(data, isServed);
    // Nobody misses it who has not measured a server.
    if (groups.length === 0) return null;
    return picture(groups, { axis: 'Inter-chunk latency at the client', what: 'pieces of text' });
  },
};

const isServed = ({ device }: Group) => device === 'server';

interface TimedGroup extends Group {
  /** Members with enough gaps, the one with the least median first. */
  readonly timed: ReadonlyArray<{ readonly member: Member; readonly gaps: GapQuantiles }>;
}

function withGaps({ groups, latencies }: PlotData, has: (group: Group) => boolean): TimedGroup[] {
  return groups
    .filter(has)
    .map((group) => ({
      ...group,
      timed: group.members
        .flatMap((member) => {
          const gaps = gapQuantiles(member, latencies);
          return gaps === null ? [] : [{ member, gaps }];
        })
        .sort((a, b) => a.gaps.p50 - b.gaps.p50),
    }))
    .filter(({ timed }) => timed.length > 0);
}

function tooFewGaps(data: PlotData): Gap {
  return {
    kind: 'gap',
    sentence: 'A distribution needs at least twenty gaps between tokens of measured answers, repeats not counted.',
    command: nextCommands(data).moreTokens,
  };
}

/** @param words the title of the axis, and what is timed */
function picture(groups: readonly TimedGroup[], { axis, what }: { axis: string; what: string }): Picture {
  const chosen = chooseGroups(groups, mostGroups, oneBelowOther);
  const all = groups.flatMap((group) => group.timed.map((timed) => ({ group, ...timed })));
  return {
    kind: 'picture',
    title: titleOf(all, what),
    subtitle: [
      ...scopeLines(chosen),
      `Box: middle half of the gaps between ${what}. Line: 5th to 95th percentile. Dark bar: median. Diamond: 99th.`,
      'n: gaps of different answers × how often each was given; the same greedy answer again is a repeat. They are not independent, so no intervals. A percentile needs five gaps beyond it, repeats not counted.',
      ...hollowLines(chosen.shown),
      ...leftLines(chosen),
    ],
    spec: quantileStack(
      groups
        .filter((group) => chosen.shown.includes(group))
        .map((group) => ({
          title: groupName(group),
          rows: group.timed.map(({ member, gaps }) => ({ name: memberName(member), ...looksOf(member), gaps })),
        })),
      axis,
    ),
    table: withoutConstants({
      kind: 'table',
      caption: `${axis}, gaps of all runs together`,
      columns: [
        ...groupColumns,
        right('Gaps'),
        right('Times each'),
        ...['p5', 'p25', 'Median', 'p75', 'p95', 'p99', 'Maximum'].map((title) => right(title, 'ms')),
      ],
      rows: all.map(({ group, member, gaps }) => [
        ...groupCells(group, member),
        count(gaps.count),
        figure(gaps.repeats),
        ...[gaps.p5, gaps.p25, gaps.p50, gaps.p75, gaps.p95, gaps.p99, gaps.max].map(figure),
      ]),
    }),
    alt: `Box plots of the ${axis.charAt(0).toLowerCase()}${axis.slice(1)}. ${all
      .map(
        ({ group, member, gaps }) => `${groupName(group)}, ${memberName(member)}: median ${significant(gaps.p50)} ms.`,
      )
      .slice(0, 12)
      .join(' ')}`,
  };
}

function titleOf([only, ...others]: TimedGroup['timed'], what: string): string | null {
  if (only === undefined || others.length > 0) return null;
  const { member, gaps } = only;
  const tail = gaps.p95 === null ? '' : `, 95 % within ${significant(gaps.p95)} ms`;
  return `${member.framework}: half of the ${what} come within ${significant(gaps.p50)} ms${tail}`;
}

/**
 * How steadily tokens come: the gaps between tokens of the measured answers. In the engine, and at a client of a server: what is
 * timed there are pieces of text that came over a connection, and the two share no chart.
 */
import { significant } from '../../scripts/command-line/format.ts';
import { type Group, groupName, type Member, memberName, type Placed } from '../data/groups.ts';
import { type GapQuantiles, gapQuantiles } from '../data/latency.ts';
import { nextCommands } from '../data/next-commands.ts';
import type { PlotData } from '../data/plot-data.ts';
import { hollowLines } from '../panels/marks.ts';
import { type QuantileRow, quantileStack } from '../panels/quantile-panel.ts';
import { looksOf } from '../panels/rows.ts';
import { count, type Field, figure, groupFields, right, tableOf, withoutConstants } from '../report/table.ts';
import { altText, type Chart, type Gap, type Picture, type Question } from './chart.ts';
import { chooseGroups, groupLines, wideLayout } from './scope.ts';
import { page, type Sheet } from './sheet.ts';

/** A group with the members that have times enough. */
type TimedGroup<Times> = Group & { readonly timed: ReadonlyArray<Timed<Times>> };
type Timed<Times> = Times & { readonly member: Member };

export function timedGroups<Times>(
  groups: readonly Group[],
  timesOf: (member: Member) => Times | null,
): Array<TimedGroup<Times>> {
  return groups
    .map((group) => ({
      ...group,
      timed: group.members.flatMap((member) => {
        const times = timesOf(member);
        return times === null ? [] : [{ ...times, member }];
      }),
    }))
    .filter(({ timed }) => timed.length > 0);
}

export interface Distribution<Times> {
  /** In one sentence, where one member alone was timed. */
  readonly title: (only: Timed<Times>) => string;
  readonly notes: readonly string[];
  /** Title of the axis, without its unit. */
  readonly axis: string;
  readonly rowsOf: (timed: Timed<Times>) => QuantileRow[];
  readonly caption: string;
  readonly fields: ReadonlyArray<Field<Times>>;
  readonly kind: string;
  readonly inWords: (times: Times) => string;
}

export function distribution<Times>(
  groups: ReadonlyArray<TimedGroup<Times>>,
  chart: Distribution<Times>,
  sheet: Sheet,
): Picture {
  const chosen = chooseGroups(groups, wideLayout, sheet);
  const all = groups.flatMap((group) => group.timed.map((timed) => ({ group, ...timed })));
  const [only, ...others] = all;
  return {
    kind: 'picture',
    title: only === undefined || others.length > 0 ? null : chart.title(only),
    subtitle: groupLines(chosen, [...chart.notes, ...hollowLines(chosen.shown)]),
    spec: quantileStack(
      chosen.shown.map((group) => ({
        title: groupName(group),
        rows: group.timed.slice(0, sheet.rows).flatMap(chart.rowsOf),
      })),
      chart.axis,
      sheet.width,
    ),
    table: withoutConstants(tableOf<Placed & Times>(chart.caption, all, [...groupFields, ...chart.fields])),
    alt: altText(
      chart.kind,
      all.map((timed) => `${groupName(timed.group)}, ${memberName(timed.member)}: ${chart.inWords(timed)}.`),
      12,
    ),
  };
}

const titles: Partial<Record<keyof GapQuantiles, string>> = { p50: 'Median', max: 'Maximum' };

interface Gaps {
  readonly gaps: GapQuantiles;
}

interface GapChart extends Question {
  readonly isShown: (group: Group) => boolean;
  /** What to say where no group has gaps enough. */
  readonly otherwise: (data: PlotData) => Gap | null;
  readonly axis: string;
  /** What is timed: `tokens`. */
  readonly what: string;
}

function gapChart({ name, question, isShown, otherwise, axis, what }: GapChart): Chart {
  const drawn: Distribution<Gaps> = {
    title({ member, gaps: { p50, p95 } }) {
      const tail = p95 === null ? '' : `, 95 % within ${significant(p95)} ms`;
      return `${member.title}: half of the ${what} come within ${significant(p50)} ms${tail}`;
    },
    notes: [
      `Box: middle half of the gaps between ${what}. Line: 5th to 95th percentile. Dark bar: median. Diamond: 99th.`,
      'n: gaps of different answers × how often each was given; the same greedy answer again is a repeat. They are not independent, so no intervals. A percentile needs five gaps beyond it, repeats not counted.',
    ],
    axis,
    rowsOf: ({ member, gaps }) => [{ name: memberName(member), ...looksOf(member), gaps }],
    caption: `${axis}, gaps of all runs together`,
    fields: [
      [right('Gaps'), ({ gaps }) => count(gaps.count)],
      [right('Times each'), ({ gaps }) => figure(gaps.repeats)],
      ...(['p5', 'p25', 'p50', 'p75', 'p95', 'p99', 'max'] as const).map(
        (name): Field<Gaps> => [right(titles[name] ?? name, 'ms'), ({ gaps }) => figure(gaps[name])],
      ),
    ],
    kind: `Box plots of the ${axis.charAt(0).toLowerCase()}${axis.slice(1)}.`,
    inWords: ({ gaps }) => `median ${significant(gaps.p50)} ms`,
  };
  return {
    name,
    question,
    draw(data, sheet = page) {
      const timed = timedGroups(data.groups.filter(isShown), (member) => {
        const gaps = gapQuantiles(member, data.latencies);
        return gaps === null ? null : { gaps };
      });
      if (timed.length === 0) return otherwise(data);
      const fastestFirst = timed.map((group) => ({
        ...group,
        timed: group.timed.toSorted((a, b) => a.gaps.p50 - b.gaps.p50),
      }));
      return distribution(fastestFirst, drawn, sheet);
    },
  };
}

const isServed = ({ device }: Group) => device === 'server';

export const latencyDistribution = gapChart({
  name: 'latency_distribution',
  question: 'How steadily do tokens come?',
  isShown: (group) => !isServed(group),
  otherwise: (data) => ({
    kind: 'gap',
    sentence: 'A distribution needs at least twenty gaps between tokens of measured answers, repeats not counted.',
    command: nextCommands(data).moreTokens,
  }),
  axis: 'Inter-token latency',
  what: 'tokens',
});

export const arrivalDistribution = gapChart({
  name: 'arrival_distribution',
  question: 'How steadily does text arrive at the client of a server?',
  isShown: isServed,
  // Nobody misses it who has not measured a server.
  otherwise: () => null,
  axis: 'Inter-chunk latency at the client',
  what: 'pieces of text',
});

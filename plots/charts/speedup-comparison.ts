/** How many times as fast as the slowest framework of the same group, with the interval of the ratio. */
import { significant } from '../../scripts/command-line/format.ts';
import { className, type Group, groupName, isRanked, markOf, memberName, titleName } from '../data/groups.ts';
import { nextCommands } from '../data/next-commands.ts';
import type { PlotData } from '../data/plot-data.ts';
import { overSlowest, type Verdict } from '../data/verdicts.ts';
import { type ChartSpec, panelStack, panelsAcross, panelWidth } from '../panels/panel.ts';
import { ratioPanel } from '../panels/ratio-panel.ts';
import { labelled } from '../panels/rows.ts';
import { frameworkColor } from '../render/theme.ts';
import { figure, groupFields, left, right, tableOf, withoutConstants } from '../report/table.ts';
import { altText, type Chart } from './chart.ts';
import { barLayout, chooseGroups, groupLines, noAnswers } from './scope.ts';

interface Contest extends Group {
  /** Every ranked member over the slowest, fastest first. */
  readonly verdicts: readonly Verdict[];
}

export const speedupComparison: Chart = {
  name: 'speedup_comparison',
  question: 'How many times as fast as the slowest framework?',
  draw(data) {
    const contests = data.groups
      .map((group): Contest => ({ ...group, verdicts: overSlowest(group) }))
      .filter(({ verdicts }) => verdicts.length > 0);
    const [first, ...others] = contests;
    if (first === undefined) {
      return { kind: 'gap', sentence: nothingToCompare(data), command: nextCommands(data).moreFrameworks };
    }
    const chosen = chooseGroups(contests, barLayout);
    const verdicts = chosen.shown.flatMap((contest) => contest.verdicts);
    const rows = contests.flatMap((group) =>
      group.verdicts.map((verdict) => ({ group, member: verdict.faster, verdict })),
    );
    return {
      kind: 'picture',
      title: others.length > 0 ? null : titleOf(first),
      subtitle: groupLines(chosen, [
        `Decode rate over that of the slowest of the panel (1×). ${
          verdicts.some(({ interval }) => interval !== null)
            ? 'Line: 95 % interval of the ratio, within the rounds that both have.'
            : 'An interval needs three runs of each.'
        }`,
        ...(verdicts.some(({ decision }) => decision !== 'faster')
          ? ['Hollow: not established (no detectable difference, too few runs for a verdict, or outputs that differ).']
          : []),
        ...leftOutLines(chosen.shown),
      ]),
      spec: panels(chosen.shown, verdicts),
      table: withoutConstants(
        tableOf('Decode rate over that of the slowest of the same group', rows, [
          ...groupFields,
          [left('Over'), ({ verdict }) => memberName(verdict.slower)],
          [right('Ratio', '×'), ({ verdict }) => figure(verdict.ratio)],
          [right('95 % interval', '×'), ({ verdict }) => intervalText(verdict)],
          [left('Verdict'), ({ verdict }) => verdict.sentence],
        ]),
      ),
      alt: altText(
        'Ratios of decode rates.',
        contests.map((contest) => `${groupName(contest)}: ${contest.verdicts.map(inWords).join(', ')}.`),
      ),
    };
  },
};

function titleOf(contest: Contest): string | null {
  const [first] = contest.verdicts;
  if (first === undefined) return null;
  const [faster, slower] = [titleName(first.faster, contest), titleName(first.slower, contest)];
  const times = `${significant(first.ratio)}× as fast as ${slower}`;
  switch (first.decision) {
    case 'faster':
      return `${faster} decodes ${times}, the slowest`;
    case 'no detectable difference':
      return `${faster} and ${slower}, fastest and slowest: no detectable difference`;
    case 'outputs differ':
      return `${faster} decoded ${times}, but their outputs differ: no ranking`;
    case 'too few runs':
      return `${faster} decoded ${times}, in too few runs to be sure`;
    default:
      return first.decision satisfies never;
  }
}

/** @param all verdicts that are shown: their panels share one axis */
function panels(shown: readonly Contest[], all: readonly Verdict[]): ChartSpec {
  const across = panelsAcross(shown.length);
  const each = labelled(shown, (contest) => contestants(contest).map(({ member }) => memberName(member)));
  return panelStack(
    each.map(({ panel: contest, labels }) => {
      const rows = contestants(contest).map(({ member, verdict }) => {
        return { color: frameworkColor(member.framework), verdict };
      });
      const width = panelWidth(across) - labels.width;
      return { title: groupName(contest), cells: [ratioPanel({ rows, labels, width, verdicts: all })] };
    }),
    { across },
  );
}

/** Fastest first, the slowest at the end without a verdict. */
function contestants({ verdicts }: Contest) {
  return [
    ...verdicts.map((verdict) => ({ member: verdict.faster, verdict })),
    ...verdicts.slice(0, 1).map(({ slower }) => ({ member: slower, verdict: null })),
  ];
}

/** A ratio would be a ranking. */
function leftOutLines(groups: readonly Group[]): string[] {
  const names = groups.flatMap((group) =>
    group.members
      .filter((member) => !isRanked(member))
      .map((member) => `${memberName(member)} in ${className(group)} (${markOf(member)})`),
  );
  return names.length === 0 ? [] : [`Left out because they are not ranked: ${names.join(', ')}.`];
}

function intervalText({ interval }: Verdict): string {
  return interval === null ? '–' : `${significant(interval.low)} to ${significant(interval.high)}`;
}

function inWords({ faster, slower, ratio }: Verdict): string {
  return `${memberName(faster)} ${significant(ratio)}× ${memberName(slower)}`;
}

function nothingToCompare({ groups }: PlotData): string {
  const names = [...new Set(groups.flatMap((group) => group.members.map((member) => member.title)))];
  if (names.length === 0) return noAnswers;
  return names.length === 1
    ? `Only ${names[0]} was measured; a ratio needs two frameworks on the same host, device, model and weight class.`
    : `${names.join(', ')} have no ranked runs on the same host, device, model and weight class.`;
}

/** How many times as fast as the slowest framework of the same group, with the interval of the ratio. */
import { significant } from '../../scripts/command-line/format.ts';
import { className, type Group, groupName, isRanked, type Member, markOf, memberName } from '../data/groups.ts';
import { nextCommands } from '../data/next-commands.ts';
import type { PlotData } from '../data/plot-data.ts';
import { overSlowest, type Verdict } from '../data/verdicts.ts';
import { barStack, type ChartSpec, mostPanels, panelStack, panelsAcross, panelWidth } from '../panels/panel.ts';
import { isLogarithmic, ratioPanel } from '../panels/ratio-panel.ts';
import { labelled, looksOf } from '../panels/rows.ts';
import { figure, groupCells, groupColumns, left, right, withoutConstants, words } from '../report/table.ts';
import { chooseGroups, leftLines, scopeLines, titleName } from './captions/scope.ts';
import type { Chart } from './chart.ts';

interface Contest {
  readonly group: Group;
  /** Every ranked member over the slowest, fastest first. */
  readonly verdicts: readonly Verdict[];
}

export const speedupComparison: Chart = {
  name: 'speedup_comparison',
  question: 'How many times as fast as the slowest framework?',
  draw(data) {
    const contests = data.groups
      .map((group) => ({ group, verdicts: overSlowest(group) }))
      .filter(({ verdicts }) => verdicts.length > 0);
    if (contests.length === 0) {
      return { kind: 'gap', sentence: nothingToCompare(data), command: nextCommands(data).moreFrameworks };
    }
    const groups = contests.map(({ group }) => group);
    const chosen = chooseGroups(groups, mostPanels, barStack);
    const shown = contests.filter(({ group }) => chosen.shown.includes(group));
    const verdicts = shown.flatMap((contest) => contest.verdicts);
    const intervals = verdicts.some((verdict) => verdict.interval !== null);
    return {
      kind: 'picture',
      title: titleOf(contests),
      subtitle: [
        ...scopeLines(chosen),
        `Decode rate over that of the slowest of the panel (1×).${
          intervals
            ? ' Line: 95 % interval of the ratio, within the rounds that both have.'
            : ' An interval needs three runs of each.'
        }`,
        ...(verdicts.some((verdict) => verdict.decision !== 'faster')
          ? ['Hollow: not established (no detectable difference, too few runs for a verdict, or outputs that differ).']
          : []),
        ...leftOutLines(chosen.shown),
        ...leftLines(chosen),
      ],
      spec: panels(shown, verdicts),
      table: withoutConstants({
        kind: 'table',
        caption: 'Decode rate over that of the slowest of the same group',
        columns: [...groupColumns, left('Over'), right('Ratio', '×'), right('95 % interval', '×'), left('Verdict')],
        rows: contests.flatMap((contest) =>
          contest.verdicts.map((verdict) => [
            ...groupCells(contest.group, verdict.faster),
            words(memberName(verdict.slower)),
            figure(verdict.ratio),
            words(intervalText(verdict)),
            words(verdict.sentence),
          ]),
        ),
      }),
      alt: `Ratios of decode rates. ${contests
        .map((contest) => `${groupName(contest.group)}: ${contest.verdicts.map(inWords).join(', ')}.`)
        .slice(0, 6)
        .join(' ')}`,
    };
  },
};

function titleOf([contest, ...others]: readonly Contest[]): string | null {
  const [first] = contest?.verdicts ?? [];
  if (contest === undefined || first === undefined || others.length > 0) return null;
  const [faster, slower] = [titleName(first.faster, contest.group), titleName(first.slower, contest.group)];
  switch (first.decision) {
    case 'faster':
      return `${faster} decodes ${significant(first.ratio)}× as fast as ${slower}, the slowest`;
    case 'no detectable difference':
      return `${faster} and ${slower}, fastest and slowest: no detectable difference`;
    case 'outputs differ':
      return `${faster} decoded ${significant(first.ratio)}× as fast as ${slower}, but their outputs differ: no ranking`;
    case 'too few runs':
      return `${faster} decoded ${significant(first.ratio)}× as fast as ${slower}, in too few runs to be sure`;
    default:
      return first.decision satisfies never;
  }
}

/** @param all verdicts that are shown: their panels share one axis */
function panels(shown: readonly Contest[], all: readonly Verdict[]): ChartSpec {
  const across = panelsAcross(shown.length);
  const logarithmic = isLogarithmic(all);
  return panelStack(
    labelled(shown, (contest) => rankedIn(contest).map(memberName)).map(({ panel: contest, labels }) => ({
      title: shown.length === 1 ? '' : groupName(contest.group),
      cells: [
        ratioPanel({
          rows: rankedIn(contest).map((member, i) => ({
            color: looksOf(member).color,
            verdict: contest.verdicts[i] ?? null,
          })),
          labels,
          width: panelWidth(across) - labels.width,
          logarithmic,
          verdicts: all,
        }),
      ],
    })),
    across,
  );
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

/** Fastest first, the slowest at the end. */
function rankedIn({ verdicts }: Contest): Member[] {
  return [...verdicts.map((verdict) => verdict.faster), ...verdicts.slice(0, 1).map((verdict) => verdict.slower)];
}

function intervalText({ interval }: Verdict): string {
  return interval === null ? '–' : `${significant(interval.low)} to ${significant(interval.high)}`;
}

function inWords(verdict: Verdict): string {
  return `${memberName(verdict.faster)} ${significant(verdict.ratio)}× ${memberName(verdict.slower)}`;
}

function nothingToCompare({ groups }: PlotData): string {
  const names = [...new Set(groups.flatMap((group) => group.members.map((member) => member.framework)))];
  if (names.length === 0) return 'No run of the question workload was completed.';
  return names.length === 1
    ? `Only ${names[0]} was measured; a ratio needs two frameworks on the same host, device, model and weight class.`
    : `${names.join(', ')} have no ranked runs on the same host, device, model and weight class.`;
}

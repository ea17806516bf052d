/** How many times as fast as the slowest framework of the same group, with the interval of the ratio. */
import { significant } from '../../scripts/command-line/format.ts';
import { className, type Group, groupName, type Member, memberName } from '../data/groups.ts';
import { nextCommands } from '../data/next-commands.ts';
import type { PlotData } from '../data/plot-data.ts';
import { isRanked, markOf } from '../data/standing.ts';
import { overSlowest, type Verdict } from '../data/verdicts.ts';
import { isLogarithmic, ratioPanel } from '../panels/ratio-panel.ts';
import { labelled } from '../panels/rows.ts';
import { barStack, mostPanels, panelStack, panelsAcross, panelWidth } from '../panels/stack.ts';
import { frameworkColor } from '../render/palette.ts';
import { figure, groupCells, groupColumns, left, right, withoutConstants, words } from '../report/table.ts';
import { chooseGroups, leftLines, scopeLines } from './captions/marks.ts';
import { titleName } from './captions/names.ts';
import { type Chart, draw } from './chart.ts';

const question = 'How many times as fast as the slowest framework?';
const contested = ({ groups }: PlotData) => groups.filter((group) => overSlowest(group).length > 0);
const chosen = (data: PlotData) => chooseGroups(contested(data), mostPanels, barStack);
const ratiosOf = (groups: readonly Group[]) => groups.flatMap(overSlowest);

export const speedupComparison: Chart = {
  name: 'speedup_comparison',
  question,
  applicable: (data) =>
    contested(data).length > 0
      ? draw
      : {
          kind: 'nothing',
          sentence: nothingToCompare(data),
          command: nextCommands(data).moreFrameworks,
        },
  title: (data) => {
    const [group, ...others] = contested(data);
    const [first] = group === undefined ? [] : overSlowest(group);
    if (group === undefined || first === undefined || others.length > 0) return question;
    const [faster, slower] = [titleName(first.faster, group), titleName(first.slower, group)];
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
  },
  subtitle: (data) => {
    const groups = chosen(data);
    const verdicts = ratiosOf(groups.shown);
    const intervals = verdicts.some((verdict) => verdict.interval !== null);
    return [
      ...scopeLines(groups),
      `Decode rate over that of the slowest of the panel (1×).${
        intervals
          ? ' Line: 95 % interval of the ratio, within the rounds that both have.'
          : ' An interval needs three runs of each.'
      }`,
      ...(verdicts.some((verdict) => verdict.decision !== 'faster')
        ? ['Hollow: not established (no detectable difference, too few runs for a verdict, or outputs that differ).']
        : []),
      ...leftOutLines(groups.shown),
      ...leftLines(groups),
    ];
  },
  spec: (data) => {
    const { shown } = chosen(data);
    const across = panelsAcross(shown.length);
    const logarithmic = isLogarithmic(ratiosOf(shown));
    return panelStack(
      labelled(shown, (group) => rankedIn(group).map(memberName)).map(({ panel: group, labels }) => {
        const verdicts = overSlowest(group);
        return {
          title: shown.length === 1 ? '' : groupName(group),
          cells: [
            ratioPanel({
              rows: rankedIn(group).map((member, i) => ({
                color: frameworkColor(member.framework),
                verdict: verdicts[i] ?? null,
              })),
              labels,
              width: panelWidth(across) - labels.width,
              logarithmic,
              verdicts: ratiosOf(shown),
            }),
          ],
        };
      }),
      across,
    );
  },
  table: (data) =>
    withoutConstants({
      kind: 'table',
      caption: 'Decode rate over that of the slowest of the same group',
      columns: [...groupColumns, left('Over'), right('Ratio', '×'), right('95 % interval', '×'), left('Verdict')],
      rows: contested(data).flatMap((group) =>
        overSlowest(group).map((verdict) => [
          ...groupCells(group, verdict.faster),
          words(memberName(verdict.slower)),
          figure(verdict.ratio),
          words(intervalText(verdict)),
          words(verdict.sentence),
        ]),
      ),
    }),
  alt: (data) =>
    `Ratios of decode rates. ${contested(data)
      .map((group) => `${groupName(group)}: ${overSlowest(group).map(inWords).join(', ')}.`)
      .slice(0, 6)
      .join(' ')}`,
};

/** A ratio would be a ranking. */
function leftOutLines(groups: readonly Group[]): string[] {
  const names = groups.flatMap((group) =>
    group.members
      .filter((member) => !isRanked(member))
      .map((member) => `${memberName(member)} in ${className(group)} (${markOf(member)})`),
  );
  return names.length === 0 ? [] : [`Left out, because not ranked: ${names.join(', ')}.`];
}

/** Fastest first, the slowest at the end. */
function rankedIn(group: Group): Member[] {
  const verdicts = overSlowest(group);
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
    : `${names.join(', ')} never met on the same host, device, model and weight class in runs that may be ranked.`;
}

/** The picture of the report's first page: the group with most to compare, by the figure that decides, with decoding beside it. */
import { significant } from '../../scripts/command-line/format.ts';
import { inOrderOfChoice, leadingFigure } from '../data/choices.ts';
import type { Group } from '../data/groups.ts';
import type { PlotData } from '../data/plot-data.ts';
import { decodeFigure, overNext } from '../data/verdicts.ts';
import { groupBars } from '../panels/group-bars.ts';
import { groupTable } from '../report/table.ts';
import { describeGroups } from './captions/alt-text.ts';
import { chooseGroups, keyLines, scopeLines } from './captions/marks.ts';
import { titleName } from './captions/names.ts';
import { type Chart, draw } from './chart.ts';

/** More would push the table from the page. */
export const mostContenders = 10;

const question = 'Who answers fastest?';

/** The group that speaks for the report, and how many of its contenders the picture leaves out. */
function shownOf({ groups }: PlotData): { group: Group; left: number } | null {
  const [main] = chooseGroups(groups, 1).shown;
  if (main === undefined) return null;
  const members = inOrderOfChoice(main).slice(0, mostContenders);
  return { group: { ...main, members }, left: main.members.length - members.length };
}

function metricsOf(group: Group) {
  const { metric } = leadingFigure(group);
  return metric.name === decodeFigure.metric.name ? [metric] : [metric, decodeFigure.metric];
}

export const answerChart: Chart = {
  name: 'answer',
  question,
  // Of one contender there is nothing to say that the other charts do not.
  applicable: (data) => ((shownOf(data)?.group.members.length ?? 0) > 1 ? draw : { kind: 'absent' }),
  title: ({ groups }) => {
    const [main] = chooseGroups(groups, 1).shown;
    const verdict = main === undefined ? null : overNext(main, leadingFigure(main));
    if (main === undefined || verdict?.decision !== 'faster') return question;
    return `${titleName(verdict.faster, main)} is ${significant(verdict.ratio)}× as fast as ${titleName(verdict.slower, main)}`;
  },
  subtitle: (data) => {
    const shown = shownOf(data);
    if (shown === null) return [];
    const { group, left } = shown;
    return [
      ...scopeLines({ shown: [group], left: 0 }),
      ...keyLines([group], metricsOf(group)),
      ...(group.members.some(({ runs }) => runs.some(({ certificate }) => certificate === 'failed'))
        ? ['Hollow points: runs that failed their certificate.']
        : []),
      ...(left === 0 ? [] : [`${left} more ${left === 1 ? 'contender is' : 'contenders are'} in the report's table.`]),
    ];
  },
  spec: (data) => {
    const shown = shownOf(data);
    return groupBars(shown === null ? [] : [shown.group], shown === null ? [] : metricsOf(shown.group));
  },
  table: (data) => {
    const shown = shownOf(data);
    return groupTable({
      caption: 'The picture of the answer in figures',
      groups: shown === null ? [] : [shown.group],
      metrics: shown === null ? [] : metricsOf(shown.group),
    });
  },
  alt: (data) => {
    const shown = shownOf(data);
    if (shown === null) return question;
    return `Bar chart. ${question} ${describeGroups([shown.group], leadingFigure(shown.group).metric)}`;
  },
};

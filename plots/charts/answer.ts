/** The picture of the report's first page: the group with most to compare, by the figure that decides, with decoding beside it. */
import { significant } from '../../scripts/command-line/format.ts';
import { type Group, titleName } from '../data/groups.ts';
import { mainGroup } from '../data/main-group.ts';
import { decodeFigure, inOrderOfChoice, leadingFigure, overNext } from '../data/verdicts.ts';
import { barStack, groupPanels } from '../panels/bar-stack.ts';
import { keyLines } from '../panels/marks.ts';
import { groupTable } from '../report/table.ts';
import type { Chart } from './chart.ts';
import { describeGroups, groupLines } from './scope.ts';
import { page } from './sheet.ts';

/** More would push the table from the page. */
export const mostContenders = 10;

const question = 'Who answers fastest?';

export const answerChart: Chart = {
  name: 'answer',
  question,
  draw({ groups }, sheet = page) {
    const main = mainGroup(groups);
    const members = main === undefined ? [] : inOrderOfChoice(main).slice(0, Math.min(mostContenders, sheet.rows));
    // Of one contender there is nothing to say that the other charts do not.
    if (main === undefined || members.length < 2) return null;
    const group = { ...main, members };
    const left = main.members.length - members.length;
    const { metric } = leadingFigure(group);
    const metrics = metric.name === decodeFigure.metric.name ? [metric] : [metric, decodeFigure.metric];
    const failed = members.some(({ runs }) => runs.some(({ certificate }) => certificate === 'failed'));
    return {
      kind: 'picture',
      title: titleOf(main),
      subtitle: groupLines({ shown: [group], left: 0 }, [
        ...keyLines([group], metrics),
        ...(failed ? ['Hollow points: runs that failed their quality checks.'] : []),
        ...(left === 0
          ? []
          : [`${left} more ${left === 1 ? 'contender is' : 'contenders are'} in the report's table.`]),
      ]),
      spec: barStack(groupPanels([group]), metrics, sheet.width),
      table: groupTable({ caption: 'The picture of the answer in figures', groups: [group], metrics }),
      alt: `Bar chart. ${question} ${describeGroups([group], metric)}`,
    };
  },
};

function titleOf(main: Group): string | null {
  const verdict = overNext(main, leadingFigure(main));
  if (verdict?.decision !== 'faster') return null;
  return `${titleName(verdict.faster, main)} is ${significant(verdict.ratio)}× as fast as ${titleName(verdict.slower, main)}`;
}

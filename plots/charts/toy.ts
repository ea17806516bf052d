/** Threads of every contender: a chart of one figure, which shows what a new chart takes. */
import { metricOf } from '../data/metric.ts';
import { groupBars } from '../panels/group-bars.ts';
import { groupTable } from '../report/table.ts';
import { describeGroups } from './captions/names.ts';
import { chooseGroups, scopeLines } from './captions/scope.ts';
import type { Chart } from './chart.ts';

const metrics = [metricOf('threads')];

export const toyChart: Chart = {
  name: 'threads',
  question: 'How many threads does each framework use?',
  draw({ groups }) {
    if (groups.length === 0) return null;
    const chosen = chooseGroups(groups, 4);
    return {
      kind: 'picture',
      title: null,
      subtitle: scopeLines(chosen),
      spec: groupBars(chosen.shown, metrics),
      table: groupTable({ caption: 'Threads', groups, metrics }),
      alt: `Bar chart. ${describeGroups(groups, metricOf('threads'))}`,
    };
  },
};

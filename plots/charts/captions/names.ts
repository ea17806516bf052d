/** The title of a chart: one line, of names alone. Settings are in its labels, verdicts in full in its table. */
import { ownSettings } from '../../../collate/analysis/group-names.ts';
import type { Group, Member } from '../../data/groups.ts';
import type { PlotData } from '../../data/plot-data.ts';
import { textWidth } from '../../render/text-width.ts';
import { headingWidth, titleSize } from '../../render/theme.ts';
import type { Chart } from '../chart.ts';

/** What the chart says, or asks where that takes more than a line. */
export function titleOf(chart: Pick<Chart, 'title' | 'question'>, data: PlotData): string {
  const title = chart.title(data);
  return isOneLine(title) ? title : chart.question;
}

export function isOneLine(title: string): boolean {
  return textWidth(title, titleSize, 'semibold') <= headingWidth;
}

/** The framework, and what tells it from others of its framework in the group. */
export function titleName({ framework, runs }: Member, { members }: Pick<Group, 'members'>): string {
  const [run] = runs;
  const all = members.flatMap((member) => member.runs[0] ?? []);
  const own = run === undefined ? [] : ownSettings(run, all);
  return own.length === 0 ? framework : `${framework} (${own.join(', ')})`;
}

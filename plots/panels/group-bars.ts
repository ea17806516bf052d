/** Bars of one or more figures for every group: the shape that most charts of the suite have. */
import { type Group, groupName, memberName } from '../data/groups.ts';
import { type Metric, readable } from '../data/metric.ts';
import { barPanel, largestBar, onOneScale } from './bar-panel.ts';
import { type ChartSpec, ownScales, panelStack, panelsAcross, panelWidth, shareScale } from './panel.ts';
import { labelled, looksOf } from './rows.ts';

const gap = 22;

/** @param metrics one column of bars each, with scales of their own: rates and latencies never share an axis */
export function groupBars(groups: readonly Group[], metrics: readonly Metric[]): ChartSpec {
  const across = metrics.length > 2 ? 1 : panelsAcross(groups.length);
  const allRuns = groups.flatMap((group) => group.members.flatMap((member) => member.runs));
  const inUnits = metrics.map((metric) => readable(metric, allRuns));
  const rows = labelled(groups, ({ members }) => members.map(memberName)).map(({ panel: group, labels }) => {
    const width = (panelWidth(across) - labels.width - gap * (metrics.length - 1)) / metrics.length;
    return inUnits.map((metric, i) => ({
      metric,
      rows: group.members.map((member) => ({ ...looksOf(member), runs: member.runs })),
      labels,
      showLabels: i === 0,
      width: Math.max(60, width),
      compact: metrics.length > 2,
    }));
  });
  const columns = metrics.map((_, i) => onOneScale(rows.flatMap((row) => row[i] ?? [])));
  return panelStack(
    groups.map((group, place) => ({
      title: groups.length === 1 ? '' : groupName(group),
      cells: columns.flatMap((column) => column[place] ?? []).map(barPanel),
    })),
    across,
  );
}

export function scaleLines(groups: readonly Group[], metrics: readonly Metric[]): string[] {
  const largest = (metric: Metric) => groups.map(({ members }) => largestBar({ rows: members, metric }));
  return metrics.every((metric) => shareScale(largest(metric))) ? [] : [ownScales];
}

/** Bars of one or more figures for every group: the shape that most charts of the suite have. */
import { type Group, groupName, memberName } from '../data/groups.ts';
import { type Metric, readable, summaryOf } from '../data/metric.ts';
import { isRanked } from '../data/standing.ts';
import { barPanel } from './bar-panel.ts';
import type { ChartSpec } from './chart.ts';
import { frameworkColor } from './palette.ts';
import { panelStack, panelsAcross, panelWidth } from './panel-stack.ts';
import { labelled } from './row-label.ts';

const gap = 22;

/** @param metrics one column of bars each, with scales of their own: rates and latencies never share an axis */
export function groupBars(groups: readonly Group[], metrics: readonly Metric[]): ChartSpec {
  const across = metrics.length > 2 ? 1 : panelsAcross(groups.length);
  const allRuns = groups.flatMap((group) => group.members.flatMap((member) => member.runs));
  const scaled = metrics.map((metric) => {
    const inUnit = readable(metric, allRuns);
    return { metric: inUnit, scaleTo: sharedScale(groups, inUnit) };
  });
  return panelStack(
    labelled(groups, ({ members }) => members.map(memberName)).map(({ panel: group, labels }) => {
      const width = (panelWidth(across) - labels.width - gap * (metrics.length - 1)) / metrics.length;
      const rows = group.members.map((member) => ({
        color: frameworkColor(member.framework),
        ranked: isRanked(member),
        runs: member.runs,
      }));
      return {
        title: groups.length === 1 ? '' : groupName(group),
        cells: scaled.map(({ metric, scaleTo }, i) =>
          barPanel({
            metric,
            rows,
            labels,
            showLabels: i === 0,
            width: Math.max(60, width),
            scaleTo,
            compact: metrics.length > 2,
          }),
        ),
      };
    }),
    across,
  );
}

/** Panels share a scale as long as the smallest stays readable on it; 0 leaves each panel its own. */
function sharedScale(groups: readonly Group[], metric: Metric): number {
  const ends = groups.map((group) => Math.max(0, ...group.members.map((m) => summaryOf(m.runs, metric)?.center ?? 0)));
  const largest = Math.max(...ends);
  return Math.min(...ends) * 6 >= largest ? largest : 0;
}

export function scaleLines(groups: readonly Group[], metrics: readonly Metric[]): string[] {
  const own = groups.length > 1 && metrics.some((metric) => sharedScale(groups, metric) === 0);
  return own ? ['Panels have scales of their own: read the printed values across panels, not the lengths.'] : [];
}

/** Bars of one or more figures for every group: the shape that most charts of the suite have. */
import { type Group, groupName, memberName } from '../data/groups.ts';
import { type Metric, readable, summaryOf } from '../data/metric.ts';
import { chartWidth } from '../render/theme.ts';
import { axisEnd, type BarPanel, type BarRow, barPanel } from './bar-panel.ts';
import { type ChartSpec, cellSpacing, panelStack, panelsAcross, panelWidth, scaleLines, shareScale } from './panel.ts';
import { labelled, looksOf } from './rows.ts';

export interface BarGroup {
  readonly title: string;
  readonly rows: readonly BarRow[];
}

export function groupPanels(groups: readonly Group[]): BarGroup[] {
  return groups.map((group) => ({
    title: groupName(group),
    rows: group.members.map((member) => ({ name: memberName(member), ...looksOf(member), runs: member.runs })),
  }));
}

/** @param metrics one column of bars each, with scales of their own: rates and latencies never share an axis. @param whole width of the chart, pixels */
export function barStack(panels: readonly BarGroup[], metrics: readonly Metric[], whole = chartWidth): ChartSpec {
  const isCompact = metrics.length > 2;
  const across = isCompact ? 1 : panelsAcross(panels.length);
  const gaps = cellSpacing * (metrics.length - 1);
  const allRuns = panels.flatMap(({ rows }) => rows.flatMap(({ runs }) => runs));
  const each = labelled(panels, ({ rows }) => rows.map(({ name }) => name));
  const columns = metrics.map((raw, place) => {
    const metric = readable(raw, allRuns);
    const cells = each.map(({ panel: { rows }, labels }): BarPanel => {
      const width = Math.max(60, (panelWidth(across, whole) - labels.width - gaps) / metrics.length);
      return { metric, rows, labels, width, isFirst: place === 0, isCompact };
    });
    const ends = cells.map(axisEnd);
    const common = hasOneScale(panels, metric) ? Math.max(...ends) : null;
    return cells.map((cell, i) => barPanel(cell, common ?? ends[i] ?? 1));
  });
  return panelStack(
    panels.map(({ title }, i) => ({ title, cells: columns.flatMap((cells) => cells[i] ?? []) })),
    { across },
  );
}

export function barScaleLines(panels: readonly BarGroup[], metrics: readonly Metric[]): string[] {
  return scaleLines(metrics.every((metric) => hasOneScale(panels, metric)));
}

/** Whether the panels have one scale for this figure: where that flattens none of them. */
function hasOneScale(panels: readonly BarGroup[], metric: Metric): boolean {
  return shareScale(
    panels.map(({ rows }) => Math.max(0, ...rows.map(({ runs }) => summaryOf(runs, metric)?.mean ?? 0))),
  );
}

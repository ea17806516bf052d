/** What the charts over lengths share: the small lines under the title, the panels, the table. */
import { significant } from '../../scripts/command-line/format.ts';
import { logRatio } from '../../scripts/statistics/log-ratio.ts';
import type { KernelLine, KernelPanel, KernelPoint } from '../data/kernel-series.ts';
import { type LinePanel, lineAxisWidth, linePanel } from '../panels/line-panel.ts';
import { lineScales, lineScaleWords } from '../panels/line-scale.ts';
import { panelStack, panelWidth } from '../panels/stack.ts';
import { frameworkColor } from '../render/palette.ts';
import type { Table } from '../report/document.ts';
import { count, figure, left, right, words } from '../report/table.ts';
import type { ChartSpec } from './chart.ts';

/** Two axes need the whole width. */
const mostPanels = 6;
const gap = 18;
/** With fewer runs a difference could be noise. */
const leastRuns = 3;

/** One of the cells of a panel. */
export interface LengthCell {
  title: string;
  axisTitle: string;
  /** What is the same all along the line: 'prompts of 256 tokens'. */
  fixed: (line: KernelLine) => string;
}

/** With runs enough, and the 95 % interval of the ratio below 1. */
export function isSlower(point: KernelPoint, than: KernelPoint): boolean {
  if (point.rates.length < leastRuns || than.rates.length < leastRuns) return false;
  const { interval } = logRatio(point.samples, than.samples);
  return interval !== null && interval.high < 0;
}

export function scopeOfLines(panels: readonly KernelPanel[], cells: readonly LengthCell[]): string[] {
  const [only, ...others] = panels;
  if (only === undefined) return [];
  const runs = Math.max(...panels.map((panel) => panel.runs));
  const fixed = cells.flatMap((cell, i) => {
    const line = only.lines[i];
    const said = line === undefined || line === null ? '' : cell.fixed(line);
    return said === '' ? [] : [`${cell.title.replace(/ \(.*/, '')}: ${said}`];
  });
  const left = panels.length - mostPanels;
  return [
    others.length === 0
      ? `${only.place} · ${runs === 1 ? 'one run a point' : `up to ${runs} runs a point`}`
      : 'One panel for each framework, host, model, format and setting; none are pooled.',
    ...(others.length === 0 && fixed.length > 0 ? [`${fixed.join('; ')}.`] : []),
    ...lineScaleWords(linePanelsOf(panels, cells)),
    ...(runs > 1 ? ['Large marks: geometric mean over runs. Small ones: single runs.'] : []),
    ...(panels.some(({ comparable }) => !comparable) ? ['Hollow: not comparable.'] : []),
    ...(left > 0 ? [`${left} more ${left === 1 ? 'is' : 'are'} in the table of the report.`] : []),
    "llama-bench's tests: random tokens, no sampling. Not comparable with end-to-end rates.",
  ];
}

export function lengthPanels(panels: readonly KernelPanel[], cells: readonly LengthCell[]): ChartSpec {
  const rows = linePanelsOf(panels, cells);
  const scales = lineScales(rows);
  return panelStack(
    panels.slice(0, mostPanels).map((panel, i) => ({
      title: panels.length === 1 ? '' : panel.place,
      spacing: lineAxisWidth + gap,
      cells: (rows[i] ?? []).flatMap((cell) => {
        const scale = scales.get(cell);
        return scale === undefined ? [] : linePanel(cell, scale);
      }),
    })),
  );
}

function linePanelsOf(panels: readonly KernelPanel[], cells: readonly LengthCell[]): LinePanel[][] {
  const width = (panelWidth(1) - cells.length * lineAxisWidth - (cells.length - 1) * gap) / cells.length;
  return panels.slice(0, mostPanels).map((panel) =>
    cells.flatMap((cell, i) => {
      const line = panel.lines[i];
      return line === undefined || line === null ? [] : [linesOf(cell, panel, line, width)];
    }),
  );
}

function linesOf(
  { title, axisTitle }: LengthCell,
  panel: KernelPanel,
  { points }: KernelLine,
  width: number,
): LinePanel {
  return {
    column: title,
    title,
    width,
    loads: points.map(({ x }) => x),
    loadTitle: `${axisTitle} (logarithmic)`,
    lines: [
      {
        color: frameworkColor(panel.framework),
        style: 'main',
        points: points.map((point) => ({ x: point.x, y: point.center, hollow: !panel.comparable })),
        singles: points.flatMap(({ x, rates }) => (rates.length < 2 ? [] : rates.map((y) => ({ x, y })))),
      },
    ],
  };
}

export function lengthTable(panels: readonly KernelPanel[], cells: readonly LengthCell[], caption: string): Table {
  const [only] = panels;
  const single = panels.length === 1 && only !== undefined;
  return {
    kind: 'table',
    caption: single ? `${caption} (${only.place})` : caption,
    columns: [
      ...(single ? [] : [left('Where')]),
      left('Test'),
      left('Over'),
      right('Tokens'),
      right('Runs'),
      right('Geometric mean', 'tokens/s'),
      right('Least', 'tokens/s'),
      right('Most', 'tokens/s'),
    ],
    rows: panels.flatMap(({ place, lines }) =>
      cells.flatMap(({ title, axisTitle, fixed }, i) => {
        const line = lines[i];
        if (line === undefined || line === null) return [];
        const said = fixed(line);
        const test = `${title.replace(/ \(.*/, '')}${said === '' ? '' : `, ${said}`}`;
        return line.points.map(({ x, rates, center }) => [
          ...(single ? [] : [words(place)]),
          words(test),
          words(axisTitle),
          count(x),
          count(rates.length),
          figure(center),
          figure(Math.min(...rates)),
          figure(Math.max(...rates)),
        ]);
      }),
    ),
  };
}

/** `llamacpp · box: Prompt evaluation 16: 900, 32: 1200.` */
export function linesInWords(panels: readonly KernelPanel[], cells: readonly LengthCell[]): string {
  return panels
    .slice(0, mostPanels)
    .map(({ place, lines }) => {
      const parts = cells.flatMap(({ title }, i) => {
        const points = lines[i]?.points ?? [];
        if (points.length === 0) return [];
        return `${title.replace(/ \(.*/, '')} ${points.map(({ x, center }) => `${x}: ${significant(center)} tokens/s`).join(', ')}`;
      });
      return `${place}: ${parts.join('; ')}.`;
    })
    .join(' ');
}

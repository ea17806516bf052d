/** A chart of rates of the kernel workload over lengths: a panel for each framework, host, model, format and setting. */
import { significant } from '../../scripts/command-line/format.ts';
import { type Axis, type KernelLine, type KernelPanel, kernelPanels } from '../data/kernel-series.ts';
import { lineStack, lineWidth } from '../panels/line-panel.ts';
import { type LinePanel, lineScaleLines } from '../panels/line-scale.ts';
import { singleRunLines } from '../panels/marks.ts';
import { frameworkColor } from '../render/theme.ts';
import { count, figure, left, right } from '../report/table.ts';
import { altText, type Chart, type Question } from './chart.ts';
import { moreLines, tableByPlace } from './scope.ts';
import { page } from './sheet.ts';

/** Two axes need the whole width. */
const mostPanels = 6;

/** A column of panels: a rate over a length. */
interface Column {
  readonly over: Axis;
  readonly name: string;
  /** As llama-bench names it: `pp`. */
  readonly rate: string;
  readonly axisTitle: string;
  /** What is the same all along the line: 'prompts of 256 tokens'. */
  readonly fixed: (line: KernelLine) => string;
}

interface Scaling extends Question {
  /** Null where the lines of a single panel do not answer the question. */
  readonly title: (lines: KernelPanel['lines']) => string | null;
  readonly caption: string;
  readonly kind: string;
  readonly columns: readonly Column[];
}

/** Absent where nobody has asked for several lengths: then nobody misses it. */
export function scalingChart({ name, question, title, caption, kind, columns }: Scaling): Chart {
  return {
    name,
    question,
    draw({ kernelRuns }, sheet = page) {
      const width = lineWidth(columns.length, sheet.width);
      const panels = kernelPanels(
        kernelRuns,
        columns.map(({ over }) => over),
      ).map((panel) => {
        const lines = columns.flatMap((column, i) => {
          const line = panel.lines[i];
          return line === undefined || line === null ? [] : [{ column, line, fixed: column.fixed(line) }];
        });
        return { panel, place: panel.place, lines };
      });
      const [only, ...others] = panels;
      if (only === undefined) return null;
      const isAlone = others.length === 0;
      const runs = Math.max(...panels.map(({ panel }) => panel.runs));
      const rows = panels.slice(0, Math.min(mostPanels, sheet.panels)).map(({ panel, place, lines }) => ({
        title: place,
        cells: lines.map(({ column, line }) => cellOf(column, panel, line, width)),
      }));
      const points = panels.flatMap(({ place, lines }) =>
        lines.flatMap(({ column: { name: test, axisTitle }, line, fixed }) =>
          line.points.map((point) => ({ place, test: `${test}, ${fixed}`, axisTitle, ...point })),
        ),
      );
      return {
        kind: 'picture',
        title: isAlone ? title(only.panel.lines) : null,
        subtitle: [
          ...(isAlone
            ? [
                `${only.place} · ${runs === 1 ? 'one run a point' : `up to ${runs} runs a point`}`,
                `${only.lines.map(({ column, fixed }) => `${column.name}: ${fixed}`).join('; ')}.`,
              ]
            : ['One panel for each framework, host, model, format and setting; none are pooled.']),
          ...lineScaleLines(rows.flatMap(({ cells }) => cells)),
          ...singleRunLines(runs),
          ...(panels.some(({ panel }) => !panel.comparable) ? ['Hollow: not comparable.'] : []),
          ...moreLines(panels.length - mostPanels),
          "llama-bench's tests: random tokens, no sampling. Not comparable with end-to-end rates.",
        ],
        spec: lineStack(rows),
        table: tableByPlace(caption, panels, points, [
          [left('Test'), ({ test }) => test],
          [left('Over'), ({ axisTitle }) => axisTitle],
          [right('Tokens'), ({ x }) => count(x)],
          [right('Runs'), ({ rates }) => count(rates.length)],
          [right('Geometric mean', 'tokens/s'), ({ center }) => figure(center)],
          [right('Least', 'tokens/s'), ({ rates }) => figure(Math.min(...rates))],
          [right('Most', 'tokens/s'), ({ rates }) => figure(Math.max(...rates))],
        ]),
        alt: altText(
          kind,
          panels.map(({ place, lines }) => `${place}: ${lines.map(inWords).join('; ')}.`),
          mostPanels,
        ),
      };
    },
  };
}

function cellOf(
  { name, rate, axisTitle }: Column,
  panel: KernelPanel,
  { points }: KernelLine,
  width: number,
): LinePanel {
  return {
    column: name,
    title: `${name} (${rate}, tokens/s)`,
    width,
    loads: points.map(({ x }) => x),
    loadTitle: `${axisTitle} (logarithmic)`,
    lines: [
      {
        color: frameworkColor(panel.framework),
        style: 'main',
        points: points.map(({ x, center }) => ({ x, y: center, hollow: !panel.comparable })),
        singles: points.flatMap(({ x, rates }) => (rates.length < 2 ? [] : rates.map((y) => ({ x, y })))),
      },
    ],
  };
}

/** `Prompt 16: 900 tokens/s, 32: 1200 tokens/s`. */
function inWords({ column, line }: { readonly column: Column; readonly line: KernelLine }): string {
  return `${column.name} ${line.points.map(({ x, center }) => `${x}: ${significant(center)} tokens/s`).join(', ')}`;
}

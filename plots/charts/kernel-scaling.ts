/** How the rates of the kernel workload change with length: with that of the prompt and the context, and with the batch. */
import { significant } from '../../scripts/command-line/format.ts';
import { logRatio } from '../../scripts/statistics/log-ratio.ts';
import {
  byBatch,
  byPositions,
  byPromptLength,
  type KernelLine,
  type KernelPanel,
  type KernelPoint,
  kernelPanels,
} from '../data/kernel-series.ts';
import { lineStack, lineWidth } from '../panels/line-panel.ts';
import { type LinePanel, lineScaleWords } from '../panels/line-scale.ts';
import { frameworkColor } from '../render/theme.ts';
import type { Table } from '../report/document.ts';
import { count, figure, left, right, words } from '../report/table.ts';
import { moreLines } from './captions/scope.ts';
import type { Chart, Picture } from './chart.ts';

/** Two axes need the whole width. */
const mostPanels = 6;
/** With fewer runs a difference could be noise. */
const leastRuns = 3;
/** A rate this near to the best is as good. */
const near = 0.95;

export const lengthScaling: Chart = {
  name: 'length_scaling',
  question: 'How do rates change with the length of prompt and context?',
  draw: ({ kernelRuns }) =>
    picture(kernelPanels(kernelRuns, [byPromptLength, byPositions]), {
      title: keptTitle,
      caption: 'Rates by length, kernel workload',
      alt: 'Lines of prompt and generation rates over lengths.',
      cells: [
        {
          title: 'Prompt (pp, tokens/s)',
          axisTitle: 'Prompt tokens',
          fixed: ({ example }) => `batch ${example.batch_tokens ?? 'unknown'}, ${depthWords(example.depth)}`,
        },
        {
          title: 'Generation (tg, tokens/s)',
          axisTitle: 'Positions looked back on',
          fixed: () => 'depth + half of the tokens',
        },
      ],
    }),
};

export const batchScaling: Chart = {
  name: 'batch_scaling',
  question: 'How large a batch does prompt evaluation need?',
  draw: ({ kernelRuns }) =>
    picture(kernelPanels(kernelRuns, [byBatch]), {
      title: enoughTitle,
      caption: 'Prompt rates by batch size, kernel workload',
      alt: 'Lines of prompt rates over batch sizes.',
      cells: [
        {
          title: 'Prompt (pp, tokens/s)',
          axisTitle: 'Prompt tokens evaluated at once',
          fixed: ({ example }) => `prompts of ${example.n_prompt ?? 'unknown'} tokens`,
        },
      ],
    }),
};

/** One of the cells of a panel. */
interface LengthCell {
  title: string;
  axisTitle: string;
  /** What is the same all along the line: 'prompts of 256 tokens'. */
  fixed: (line: KernelLine) => string;
}

interface Scaling {
  title: (panels: readonly KernelPanel[]) => string | null;
  caption: string;
  alt: string;
  cells: readonly LengthCell[];
}

/** Null where nobody has asked for several lengths: then nobody misses it. */
function picture(panels: readonly KernelPanel[], { title, caption, alt, cells }: Scaling): Picture | null {
  if (panels.length === 0) return null;
  const rows = panels.slice(0, mostPanels).map((panel) => ({
    title: panel.place,
    cells: cells.flatMap((cell, i) => {
      const line = panel.lines[i];
      return line === undefined || line === null ? [] : [linesOf(cell, panel, line, lineWidth(cells.length))];
    }),
  }));
  const scaleWords = lineScaleWords(rows.map((row) => row.cells));
  return {
    kind: 'picture',
    title: title(panels),
    subtitle: scopeOf(panels, cells, scaleWords),
    spec: lineStack(rows),
    table: lengthTable(panels, cells, caption),
    alt: `${alt} ${linesInWords(panels, cells)}`,
  };
}

function scopeOf(
  panels: readonly KernelPanel[],
  cells: readonly LengthCell[],
  scaleWords: readonly string[],
): string[] {
  const [only, ...others] = panels;
  if (only === undefined) return [];
  const runs = Math.max(...panels.map((panel) => panel.runs));
  const fixed = cells.flatMap((cell, i) => {
    const line = only.lines[i];
    const said = line === undefined || line === null ? '' : cell.fixed(line);
    return said === '' ? [] : [`${cell.title.replace(/ \(.*/, '')}: ${said}`];
  });
  return [
    others.length === 0
      ? `${only.place} · ${runs === 1 ? 'one run a point' : `up to ${runs} runs a point`}`
      : 'One panel for each framework, host, model, format and setting; none are pooled.',
    ...(others.length === 0 && fixed.length > 0 ? [`${fixed.join('; ')}.`] : []),
    ...scaleWords,
    ...(runs > 1 ? ['Large marks: geometric mean over runs. Small ones: single runs.'] : []),
    ...(panels.some(({ comparable }) => !comparable) ? ['Hollow: not comparable.'] : []),
    ...moreLines(panels.length - mostPanels),
    "llama-bench's tests: random tokens, no sampling. Not comparable with end-to-end rates.",
  ];
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

function lengthTable(panels: readonly KernelPanel[], cells: readonly LengthCell[], caption: string): Table {
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
function linesInWords(panels: readonly KernelPanel[], cells: readonly LengthCell[]): string {
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

/** Where one panel has runs enough: what a long context leaves of the rate. */
function keptTitle([only, ...others]: readonly KernelPanel[]): string | null {
  const points = only?.lines[1]?.points ?? [];
  const [first, last] = [points.at(0), points.at(-1)];
  if (others.length > 0 || first === undefined || last === undefined) return null;
  if (!isSlower(last, first)) return null;
  const share = (last.center / first.center) * 100;
  return `Looking back on ${last.x} positions, generation keeps ${significant(share)} % of its rate at ${first.x}`;
}

function enoughTitle([only, ...others]: readonly KernelPanel[]): string | null {
  const points = only?.lines[0]?.points ?? [];
  if (others.length > 0 || points.length === 0) return null;
  const [best] = points.toSorted((a, b) => b.center - a.center);
  if (best === undefined) return null;
  const enough = points.find(({ center }) => center >= best.center * near);
  // What is said of a batch is said of the smaller ones too: that they do not suffice.
  const smaller = points.filter(({ x }) => enough !== undefined && x < enough.x);
  if (enough === undefined || smaller.length === 0 || !smaller.every((point) => isSlower(point, best))) return null;
  if (enough === best) return `Prompts are evaluated fastest with a batch of ${enough.x}`;
  return `A batch of ${enough.x} reaches ${significant((enough.center / best.center) * 100)} % of the best prompt rate`;
}

/** With runs enough, and the 95 % interval of the ratio below 1. */
function isSlower(point: KernelPoint, than: KernelPoint): boolean {
  if (point.rates.length < leastRuns || than.rates.length < leastRuns) return false;
  const { interval } = logRatio(point.samples, than.samples);
  return interval !== null && interval.high < 0;
}

function depthWords(depth: number | null): string {
  return depth === null || depth === 0 ? 'empty context' : `depth ${depth}`;
}

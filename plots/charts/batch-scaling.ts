/** What evaluating more prompt tokens at once brings. */
import { significant } from '../../scripts/command-line/format.ts';
import { byBatch, type KernelPanel, kernelPanels } from '../data/kernel-series.ts';
import type { PlotData } from '../data/plot-data.ts';
import { type Chart, draw } from './chart.ts';
import { isSlower, type LengthCell, lengthPanels, lengthTable, linesInWords, scopeOfLines } from './kernel-scaling.ts';

const question = 'How large a batch does prompt evaluation need?';
/** A rate this near to the best is as good. */
const near = 0.95;

const cells: readonly LengthCell[] = [
  {
    title: 'Prompt (pp, tokens/s)',
    axisTitle: 'Prompt tokens evaluated at once',
    fixed: ({ example }) => `prompts of ${example.n_prompt ?? 'unknown'} tokens`,
  },
];

const panelsOf = ({ kernelRuns }: PlotData) => kernelPanels(kernelRuns, [byBatch]);

export const batchScaling: Chart = {
  name: 'batch_scaling',
  question,
  // Nobody misses it who has not asked for it.
  applicable: (data) => (panelsOf(data).length > 0 ? draw : { kind: 'absent' }),
  title: (data) => answerOf(panelsOf(data)) ?? question,
  subtitle: (data) => scopeOfLines(panelsOf(data), cells),
  spec: (data) => lengthPanels(panelsOf(data), cells),
  table: (data) => lengthTable(panelsOf(data), cells, 'Prompt rates by batch size, kernel workload'),
  alt: (data) => `Lines of prompt rates over batch sizes. ${linesInWords(panelsOf(data), cells)}`,
};

function answerOf([only, ...others]: readonly KernelPanel[]): string | null {
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

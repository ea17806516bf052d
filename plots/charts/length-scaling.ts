/** How rates change with length: prompt tokens per second over the prompt, generated ones over the positions before them. */
import { significant } from '../../scripts/command-line/format.ts';
import { byPositions, byPromptLength, type KernelPanel, kernelPanels } from '../data/kernel-series.ts';
import type { PlotData } from '../data/plot-data.ts';
import { type Chart, draw } from './chart.ts';
import { isSlower, type LengthCell, lengthPanels, lengthTable, linesInWords, scopeOfLines } from './kernel-scaling.ts';

const question = 'How do rates change with the length of prompt and context?';

const cells: readonly LengthCell[] = [
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
];

const panelsOf = ({ kernelRuns }: PlotData) => kernelPanels(kernelRuns, [byPromptLength, byPositions]);

export const lengthScaling: Chart = {
  name: 'length_scaling',
  question,
  // Nobody misses it who has not asked for it.
  applicable: (data) => (panelsOf(data).length > 0 ? draw : { kind: 'absent' }),
  title: (data) => answerOf(panelsOf(data)) ?? question,
  subtitle: (data) => scopeOfLines(panelsOf(data), cells),
  spec: (data) => lengthPanels(panelsOf(data), cells),
  table: (data) => lengthTable(panelsOf(data), cells, 'Rates by length, kernel workload'),
  alt: (data) => `Lines of prompt and generation rates over lengths. ${linesInWords(panelsOf(data), cells)}`,
};

/** Where one panel has runs enough: what a long context leaves of the rate. */
function answerOf([only, ...others]: readonly KernelPanel[]): string | null {
  const points = only?.lines[1]?.points ?? [];
  const [first, last] = [points.at(0), points.at(-1)];
  if (others.length > 0 || first === undefined || last === undefined) return null;
  if (!isSlower(last, first)) return null;
  const share = (last.center / first.center) * 100;
  return `Looking back on ${last.x} positions, generation keeps ${significant(share)} % of its rate at ${first.x}`;
}

function depthWords(depth: number | null): string {
  return depth === null || depth === 0 ? 'empty context' : `depth ${depth}`;
}

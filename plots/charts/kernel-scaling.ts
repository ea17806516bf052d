/** How the rates of the kernel workload change with length: with that of the prompt and the context, and with the batch. */
import { significant } from '../../scripts/command-line/format.ts';
import { logRatio } from '../../scripts/statistics/log-ratio.ts';
import { byBatch, byPositions, byPromptLength, type KernelPoint } from '../data/kernel-series.ts';
import { scalingChart } from './scaling-chart.ts';

/** With fewer runs a difference could be noise. */
const leastRuns = 3;
/** A rate this near to the best is as good. */
const near = 0.95;

export const lengthScaling = scalingChart({
  name: 'length_scaling',
  question: 'How do rates change with the length of prompt and context?',
  title: ([, positions]) => keptTitle(positions?.points ?? []),
  caption: 'Rates by length, kernel workload',
  kind: 'Lines of prompt and generation rates over lengths.',
  columns: [
    {
      over: byPromptLength,
      name: 'Prompt',
      rate: 'pp',
      axisTitle: 'Prompt tokens',
      fixed: ({ example: { batch_tokens: batch, depth } }) =>
        `batch ${batch ?? 'unknown'}, ${depth === null || depth === 0 ? 'empty context' : `depth ${depth}`}`,
    },
    {
      over: byPositions,
      name: 'Generation',
      rate: 'tg',
      axisTitle: 'Positions looked back on',
      fixed: () => 'depth + half of the tokens',
    },
  ],
});

export const batchScaling = scalingChart({
  name: 'batch_scaling',
  question: 'How large a batch does prompt evaluation need?',
  title: ([batches]) => enoughTitle(batches?.points ?? []),
  caption: 'Prompt rates by batch size, kernel workload',
  kind: 'Lines of prompt rates over batch sizes.',
  columns: [
    {
      over: byBatch,
      name: 'Prompt',
      rate: 'pp',
      axisTitle: 'Prompt tokens evaluated at once',
      fixed: ({ example }) => `prompts of ${example.n_prompt ?? 'unknown'} tokens`,
    },
  ],
});

/** What a long context leaves of the rate, where there are runs enough. */
function keptTitle(points: readonly KernelPoint[]): string | null {
  const [first, last] = [points.at(0), points.at(-1)];
  if (first === undefined || last === undefined || !isSlower(last, first)) return null;
  const share = (last.center / first.center) * 100;
  return `Looking back on ${last.x} positions, generation keeps ${significant(share)} % of its rate at ${first.x}`;
}

function enoughTitle(points: readonly KernelPoint[]): string | null {
  const [best] = points.toSorted((a, b) => b.center - a.center);
  if (best === undefined) return null;
  const enough = points.find(({ center }) => center >= best.center * near) ?? best;
  // What is said of a batch is said of the smaller ones too: that they do not suffice.
  const smaller = points.filter(({ x }) => x < enough.x);
  if (smaller.length === 0 || !smaller.every((point) => isSlower(point, best))) return null;
  if (enough === best) return `Prompts are evaluated fastest with a batch of ${enough.x}`;
  return `A batch of ${enough.x} reaches ${significant((enough.center / best.center) * 100)} % of the best prompt rate`;
}

/** Whether there are runs enough, and the 95 % interval of the ratio is below 1. */
function isSlower(point: KernelPoint, than: KernelPoint): boolean {
  if (point.rates.length < leastRuns || than.rates.length < leastRuns) return false;
  const { interval } = logRatio(point.samples, than.samples);
  return interval !== null && interval.high < 0;
}

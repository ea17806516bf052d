/** How many runs were measured: a toy. */
import type { Chart } from './chart.ts';

export const runCount: Chart = {
  name: 'run_count',
  question: 'How many runs were measured?',
  draw: ({ runs }) => ({
    kind: 'gap',
    sentence: `${runs.length} runs were measured.`,
    command: 'npx tsx scripts/benchmark.ts --size tiny',
  }),
};

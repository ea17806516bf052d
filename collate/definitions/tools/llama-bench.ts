/** llama-bench: batches of random ids without sampling; only our kernel workload measures the same. */

import type { Recorded } from '../recorded.ts';
import { absent, distribution, type Measured, type Tool } from '../tool.ts';

const rateSource = 'tools/llama-bench/llama-bench.cpp: test::get_ts, avg, stdev';

export const llamaBench: Tool = {
  name: 'llama-bench',
  title: 'llama-bench (llama.cpp)',
  source: { repository: 'ggml-org/llama.cpp', commit: '0104b151c56d54143e2e3554aabe9e2b2b8dbdba' },
  remarks: ['Its t/s is the mean of the rates of the repetitions, and +- their sample deviation.'],
  figures: [
    ...(['pp', 'tg'] as const).map((test) => ({
      name: `${test} t/s`,
      unit: 'tokens/s' as const,
      formula: test === 'pp' ? 'prompt tokens / t of each repetition' : 'generated tokens / t of each repetition',
      source: rateSource,
      ours: `${test}_tokens_per_s` as const,
      same: true,
      of: (recorded: Recorded) => rates(recorded, test),
    })),
    {
      name: 'pg t/s',
      unit: 'tokens/s',
      formula: 'prompt and generated tokens / t of each repetition',
      source: rateSource,
      ours: null,
      same: false,
      of: () => absent('no repetition has both a prompt and an answer in it'),
    },
  ],
};

function rates({ kernels, requests }: Recorded, test: 'pp' | 'tg'): Measured {
  const measured = kernels.filter((kernel) => kernel.test === test);
  if (measured.length > 0) {
    return distribution(
      measured.map(({ tokens, durationNs }) => (tokens / durationNs) * 1e9),
      1,
    );
  }
  return absent(
    requests.length > 0
      ? 'questions were answered, with sampling and one prompt at a time; measure with --workload kernel'
      : 'the log has no repetitions of this test',
  );
}

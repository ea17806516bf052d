/** pp and tg figures as llama-bench makes them: a rate for each repetition, then mean and sample deviation of these. */
import { booleanSetting } from '../../log/record-fields.ts';
import { type Run, recordsOf } from '../../results/run.ts';
import { columnsOf, columnsOfPart } from '../../results/table.ts';
import { mean, standardDeviation } from '../../statistics/statistics.ts';
import type { KernelRecord } from './records.ts';

const nsPerSecond = 1e9;

interface TestFigures {
  tokens: number;
  depth: number;
  /** Tokens per second of each measured repetition. */
  rates: number[];
}

export interface KernelFigures {
  pp: TestFigures | null;
  tg: TestFigures | null;
  /** Each step also chose a token, which llama-bench's does not; null in runs of other workloads. */
  choosesToken: boolean | null;
}

export interface OfKernel {
  kernel: KernelFigures;
}

const { whole, flag } = columnsOf<OfKernel>();
const pp = columnsOfPart(({ kernel }: OfKernel) => kernel.pp);
const tg = columnsOfPart(({ kernel }: OfKernel) => kernel.tg);

const meanRate = 'kernel workload: mean over repetitions, as llama-bench';
const choosesToken =
  'kernel workload: true where the engine cannot leave out choosing a token in each step, so that its rates are lower bounds';

/** Columns of runs.csv with the kernel workload. */
export const kernelColumns = [
  pp.whole('n_prompt', 'tokens', 'pp tokens', 'kernel workload: prompt tokens of the pp test').at('tokens'),
  tg.whole('n_gen', 'tokens', 'tg tokens', 'kernel workload: tokens of the tg test').at('tokens'),
  whole('depth', 'tokens', 'Depth', 'kernel workload: KV positions filled beforehand').of(
    ({ kernel }) => kernel.pp?.depth ?? kernel.tg?.depth,
  ),
  whole('repetitions', '', 'Repetitions', 'kernel workload: measured repetitions').of(({ kernel: { pp, tg } }) =>
    pp === null && tg === null ? null : Math.max(pp?.rates.length ?? 0, tg?.rates.length ?? 0),
  ),
  pp.number('pp_tokens_per_s', 'tokens/s', 'pp rate', meanRate).of(({ rates }) => mean(rates)),
  pp
    .number('pp_stddev_tokens_per_s', 'tokens/s', 'pp deviation', 'over repetitions (n - 1)')
    .of(({ rates }) => standardDeviation(rates)),
  tg.number('tg_tokens_per_s', 'tokens/s', 'tg rate', meanRate).of(({ rates }) => mean(rates)),
  tg
    .number('tg_stddev_tokens_per_s', 'tokens/s', 'tg deviation', 'over repetitions (n - 1)')
    .of(({ rates }) => standardDeviation(rates)),
  flag('kernel_chooses_token', 'Token choice', choosesToken).of(({ kernel }) => kernel.choosesToken),
] as const;

export function kernelFigures(run: Run): KernelFigures {
  const records = recordsOf(run, 'kernel');
  return {
    pp: testFigures(records, 'pp'),
    tg: testFigures(records, 'tg'),
    choosesToken: records.length === 0 ? null : booleanSetting(run.effective?.settings ?? {}, 'kernelChoosesToken'),
  };
}

/** One run measures one size of each test; repetitions of another size would be another number. */
function testFigures(kernels: readonly KernelRecord[], test: KernelRecord['test']): TestFigures | null {
  const measured = kernels.filter((each) => each.test === test && each.phase === 'measured' && each.durationNs > 0);
  const first = measured[0];
  if (first === undefined) return null;
  const same = measured.filter((each) => each.tokens === first.tokens && each.depth === first.depth);
  return {
    tokens: first.tokens,
    depth: first.depth,
    rates: same.map((each) => (each.tokens / each.durationNs) * nsPerSecond),
  };
}

/** What 128-bit SIMD computes out of its registers: operations per second, a multiplication and an addition being two. */
import type { Measured } from '../log/hardware/hardware-log-format.ts';
import type { KernelPool } from './kernel-pool.ts';
import { sampleRate } from './sampling.ts';
import { f32OperationsPerTurn, int8OperationsPerTurn } from './wasm/kernels.ts';

const turnsPerPass = 1_000_000;
const budgetMs = 200;

export async function vectorArithmetic(pool: KernelPool, threads: number): Promise<Measured[]> {
  const rate = (kernel: 'f32_arithmetic' | 'int8_arithmetic', values: number[], perTurn: number) =>
    sampleRate(
      (passes) => pool.run({ kernel, threads, argumentsOf: () => [turnsPerPass, ...values], repeats: 1, passes }),
      perTurn * turnsPerPass * threads,
      budgetMs,
    );
  const of = { device: 'cpu', threads, workingSetBytes: null, method: pool.method };
  return [
    // Values that stay finite and normal: anything else is slow on some processors.
    {
      ...of,
      quantity: 'f32_arithmetic',
      unit: 'FLOP/s',
      ...(await rate('f32_arithmetic', [0.5, 1], f32OperationsPerTurn)),
    },
    {
      ...of,
      quantity: 'int8_arithmetic',
      unit: 'op/s',
      ...(await rate('int8_arithmetic', [3, 5], int8OperationsPerTurn)),
    },
  ];
}

/** What llama.cpp computes with, as its sources have it: nothing of it can be read back from the binding. */
import type { Llama } from 'node-llama-cpp';
import { type GgmlTypeName, ggmlTypeById } from '../../models/gguf/ggml-types.ts';

/** ggml/src/ggml-cpu/ggml-cpu.c, type_traits_cpu: to what a row of activations is converted before it meets these weights. */
const byWeights: Partial<Record<GgmlTypeName, string>> = {
  f32: 'f32',
  f16: 'f16',
  bf16: 'bf16',
  q4_0: 'q8_0',
  q5_0: 'q8_0',
  q8_0: 'q8_0',
  iq4_nl: 'q8_0',
  mxfp4: 'q8_0',
  q4_1: 'q8_1',
  q5_1: 'q8_1',
  ...Object.fromEntries(
    ['q2_k', 'q3_k', 'q4_k', 'q5_k', 'q6_k', 'iq4_xs', 'iq1_s', 'iq1_m', 'tq1_0', 'tq2_0'].map((type) => [
      type,
      'q8_k',
    ]),
  ),
  ...Object.fromEntries(['iq2_xxs', 'iq2_xs', 'iq2_s', 'iq3_xxs', 'iq3_s'].map((type) => [type, 'q8_k'])),
};

interface Tensor {
  /** Number of its type in a GGUF file. */
  ggmlType: number;
  dimensions: ReadonlyArray<number | bigint>;
}

/** Of the matrices that hold most weights; null on other devices, whose kernels choose for themselves. */
export function activationsOf(device: string, tensors: readonly Tensor[] = []): string | null {
  if (device !== 'cpu') return null;
  const elements = new Map<number, number>();
  for (const { ggmlType, dimensions } of tensors) {
    if (dimensions.length < 2) continue;
    const count = dimensions.reduce<number>((product, dimension) => product * Number(dimension), 1);
    elements.set(ggmlType, (elements.get(ggmlType) ?? 0) + count);
  }
  const [most] = [...elements].sort(([, a], [, b]) => b - a);
  const name = most === undefined ? undefined : ggmlTypeById(most[0]);
  return name === undefined ? null : (byWeights[name] ?? null);
}

/**
 * Between two operators ggml's own threads spin (ggml_barrier); those of OpenMP do unless OMP_WAIT_POLICY is passive.
 * Null where another device computes.
 */
export function spins(
  device: string,
  threads: number,
  { systemInfo }: Pick<Llama, 'systemInfo'>,
  environment: NodeJS.ProcessEnv = process.env,
): boolean | null {
  if (device !== 'cpu') return null;
  if (threads === 1) return false;
  return !/OPENMP = 1/.test(systemInfo) || environment.OMP_WAIT_POLICY?.toLowerCase() !== 'passive';
}

/** Number formats and waiting of llama.cpp's arithmetic, from its sources: the binding does not report them. */
import type { Llama } from 'node-llama-cpp';
import { type GgmlTypeName, ggmlTypeById } from '../../models/gguf/ggml-types.ts';

/** Format of activations by the format of weights that they are multiplied with (ggml/src/ggml-cpu/ggml-cpu.c, type_traits_cpu). */
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

/** Format of activations for the format that most weights have; null on other devices, where llama.cpp's kernels choose. */
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
 * Whether threads spin between two operators: ggml's own do (ggml_barrier), those of OpenMP do unless OMP_WAIT_POLICY is passive.
 * Null when another device computes.
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

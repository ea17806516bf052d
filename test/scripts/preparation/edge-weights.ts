/** A small GGUF file of weights that quantisers get wrong: halves between two levels, ties of magnitude, zeros, tiny and huge ones. */
import type { GgufField } from '../../../scripts/models/gguf/format.ts';
import { layOutGguf, writeGguf } from '../../../scripts/models/gguf/writer.ts';

const integer = (value: number): GgufField => ({ type: 'uint32', value });

const metadata = new Map<string, GgufField>([
  ['general.architecture', { type: 'string', value: 'llama' }],
  ['llama.block_count', integer(1)],
  ['llama.context_length', integer(64)],
  ['llama.embedding_length', integer(64)],
  ['llama.feed_forward_length', integer(96)],
  ['llama.attention.head_count', integer(2)],
  ['llama.attention.layer_norm_rms_epsilon', { type: 'float32', value: 1e-5 }],
  ['llama.rope.dimension_count', integer(32)],
]);

const shapes: ReadonlyArray<[name: string, shape: readonly number[]]> = [
  ['token_embd.weight', [64, 40]],
  ['output_norm.weight', [64]],
  ['blk.0.attn_norm.weight', [64]],
  ['blk.0.attn_q.weight', [64, 64]],
  ['blk.0.attn_v.weight', [64, 64]],
  ['blk.0.ffn_up.weight', [64, 96]],
  // Rows that are no whole blocks become f16, and the router of experts stays what it is.
  ['blk.0.ffn_down.weight', [48, 64]],
  ['blk.0.ffn_gate_inp.weight', [64, 8]],
];

/** Kinds of blocks, each 32 weights long. */
const kinds: ReadonlyArray<(random: () => number) => number> = [
  (random) => (random() - 0.5) * 0.08,
  // Multiples of a half of the scale 127: every second one lies between two levels.
  (random) => Math.round((random() - 0.5) * 508) / 2,
  // Many of the same magnitude, with both signs.
  (random) => (random() < 0.5 ? 8 : -8),
  () => 0,
  (random) => (random() - 0.5) * 1e-7,
  (random) => (random() - 0.5) * 1e5,
  (random) => (random() < 0.1 ? -16 : (Math.round(random() * 30) - 15) / 2),
];

export async function writeEdgeWeights(path: string): Promise<void> {
  let state = 12345;
  const random = () => {
    // Numerical Recipes' ranqd1, so that the file is the same everywhere.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const layout = layOutGguf(
    metadata,
    shapes.map(([name, shape]) => ({ name, shape, type: 'f32' })),
  );
  let block = 0;
  await writeGguf(
    path,
    layout,
    (tensor) => {
      const weights = Float32Array.from({ length: tensor.elements }, (_, i) => {
        if (i % 32 === 0) block++;
        return kinds[block % kinds.length]?.(random) ?? 0;
      });
      return [new Uint8Array(weights.buffer)];
    },
    () => {},
  );
}

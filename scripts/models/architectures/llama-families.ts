/** A family of models, which people ask for by one name, and the dense families that are built like Llama. */
import type { ArchitectureName } from './architecture.ts';
import type { ModelShape } from './model-shape.ts';

export interface Family {
  /** For --algorithm. */
  name: string;
  title: string;
  /** Several families may be of one kind. */
  kind: string;
  /** `general.architecture` of its files. */
  architecture: ArchitectureName;
  /** Its distinguishing features, as text. */
  traits: string;
  /** Numbers of its real models; small shapes get a smaller vocabulary. */
  sizes: Pick<ModelShape, 'vocabulary' | 'contextLength' | 'normEpsilon' | 'ropeBase'>;
  proportions: {
    /** Width of the residual stream divided by the number of layers, as its real models have it. */
    widthPerLayer: number;
    /** Width of the feed-forward part divided by that of the residual stream. */
    feedForward: number;
    /** Four heads share one head of keys and values, if they can be divided so; absent: each has its own. */
    grouped?: true;
    /** Models narrower than this have the embedding as their output matrix; absent: none has. */
    tiedBelow?: number;
  };
  /** What the proportions do not say. */
  changes?: (shape: ModelShape) => Partial<ModelShape>;
}

export const llamaFamilies: readonly Family[] = [
  // Touvron and others 2023; Llama 3 2024.
  {
    name: 'llama',
    title: 'Llama',
    kind: 'Llama',
    architecture: 'llama',
    traits: 'grouped-query attention, rotation, gated feed-forward, RMS norms',
    sizes: { vocabulary: 128_256, contextLength: 8192, normEpsilon: 1e-5, ropeBase: 500_000 },
    proportions: { widthPerLayer: 128, feedForward: 3.5, grouped: true, tiedBelow: 4096 },
  },
  // Jiang and others 2023. Stored as a llama, whose window llama.cpp does not know: it keeps and sees every position.
  {
    name: 'mistral',
    title: 'Mistral',
    kind: 'Mistral',
    architecture: 'llama',
    traits: 'as Llama, with a sliding window of 4096 positions in every layer',
    sizes: { vocabulary: 32_000, contextLength: 32_768, normEpsilon: 1e-5, ropeBase: 10_000 },
    proportions: { widthPerLayer: 128, feedForward: 3.5, grouped: true },
    changes: () => ({ slidingWindow: { positions: 4096 } }),
  },
  // Qwen2 and Qwen2.5 (2024).
  {
    name: 'qwen2',
    title: 'Qwen2',
    kind: 'Qwen',
    architecture: 'qwen2',
    traits: 'as Llama, with biases on queries, keys and values',
    sizes: { vocabulary: 151_936, contextLength: 32_768, normEpsilon: 1e-6, ropeBase: 1e6 },
    proportions: { widthPerLayer: 80, feedForward: 5.25, grouped: true, tiedBelow: 3584 },
    changes: () => ({ attentionBias: true }),
  },
  // 2025.
  {
    name: 'qwen3',
    title: 'Qwen3',
    kind: 'Qwen',
    architecture: 'qwen3',
    traits: 'as Llama, with norms of the queries and keys of each head',
    sizes: { vocabulary: 151_936, contextLength: 40_960, normEpsilon: 1e-6, ropeBase: 1e6 },
    proportions: { widthPerLayer: 80, feedForward: 3, grouped: true, tiedBelow: 4096 },
  },
  // 2024.
  {
    name: 'gemma2',
    title: 'Gemma 2',
    kind: 'Gemma',
    architecture: 'gemma2',
    traits: 'norms before and after each part, capped logits, a window in every other layer',
    sizes: { vocabulary: 256_000, contextLength: 8192, normEpsilon: 1e-6, ropeBase: 10_000 },
    proportions: { widthPerLayer: 88, feedForward: 4, grouped: true, tiedBelow: Number.POSITIVE_INFINITY },
    changes: () => ({ slidingWindow: { positions: 4096 }, softCaps: { attention: 50, output: 30 } }),
  },
  // 2025.
  {
    name: 'gemma3',
    title: 'Gemma 3',
    kind: 'Gemma',
    architecture: 'gemma3',
    traits: 'as Gemma 2 with norms of queries and keys instead of caps, a window in five of six layers',
    sizes: { vocabulary: 262_144, contextLength: 32_768, normEpsilon: 1e-6, ropeBase: 1e6 },
    proportions: { widthPerLayer: 60, feedForward: 5, grouped: true, tiedBelow: Number.POSITIVE_INFINITY },
    changes: () => ({ slidingWindow: { positions: 512, ropeBase: 10_000 } }),
  },
];

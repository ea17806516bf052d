import { type Family, groupedHeadsOf, wholeBlocks } from './family.ts';

/** Qwen2 and Qwen2.5 (2024). */
export const qwen2: Family = {
  name: 'qwen2',
  title: 'Qwen2',
  kind: 'Qwen',
  architecture: 'qwen2',
  traits: 'as Llama, with biases on queries, keys and values',
  vocabulary: 151_936,
  widthPerLayer: 80,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: wholeBlocks(5.25 * width), ...groupedHeadsOf(width), vocabulary },
    ...{ contextLength: 32_768, normEpsilon: 1e-6, ropeBase: 1e6, tiedEmbeddings: width < 3584, attentionBias: true },
  }),
};

/** 2025. */
export const qwen3: Family = {
  name: 'qwen3',
  title: 'Qwen3',
  kind: 'Qwen',
  architecture: 'qwen3',
  traits: 'as Llama, with norms of the queries and keys of each head',
  vocabulary: 151_936,
  widthPerLayer: 80,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: wholeBlocks(3 * width), ...groupedHeadsOf(width), vocabulary },
    ...{ contextLength: 40_960, normEpsilon: 1e-6, ropeBase: 1e6, tiedEmbeddings: width < 4096 },
  }),
};

import { type Family, groupedHeadsOf, headsOf, wholeBlocks } from './family.ts';

const kind = 'mixture of experts';

/** Jiang and others 2024. Stored as a llama that has experts. */
export const mixtral: Family = {
  ...{ name: 'mixtral', title: 'Mixtral', kind, architecture: 'llama' },
  traits: 'as Llama, with 8 experts, 2 of them for a token',
  vocabulary: 32_000,
  widthPerLayer: 128,
  shapeOf: ({ width, layers, vocabulary }) => {
    const feedForward = wholeBlocks(3.5 * width);
    return {
      ...{ layers, embedding: width, feedForward, ...groupedHeadsOf(width), vocabulary },
      ...{ contextLength: 32_768, normEpsilon: 1e-5, ropeBase: 1e6, tiedEmbeddings: false },
      experts: { count: 8, used: 2, feedForward },
    };
  },
};

/** Qwen1.5-MoE-A2.7B, 2024. */
export const qwen2moe: Family = {
  ...{ name: 'qwen2moe', title: 'Qwen1.5-MoE', kind, architecture: 'qwen2moe' },
  traits: 'as Qwen2, with 60 small experts, 4 of them for a token, and one that all tokens share',
  vocabulary: 151_936,
  widthPerLayer: 85,
  shapeOf: ({ width, layers, vocabulary }) => {
    const feedForward = wholeBlocks(0.6875 * width);
    return {
      ...{ layers, embedding: width, feedForward: 4 * feedForward, ...headsOf(width), vocabulary },
      ...{ contextLength: 8192, normEpsilon: 1e-6, ropeBase: 1e6, tiedEmbeddings: false, attentionBias: true },
      experts: { count: 60, used: 4, feedForward, sharedFeedForward: 4 * feedForward },
    };
  },
};

/** 2025. */
export const qwen3moe: Family = {
  ...{ name: 'qwen3moe', title: 'Qwen3 MoE', kind, architecture: 'qwen3moe' },
  traits: 'as Qwen3, with 128 small experts, 8 of them for a token',
  vocabulary: 151_936,
  widthPerLayer: 43,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: 3 * width, ...groupedHeadsOf(width), vocabulary },
    ...{ contextLength: 40_960, normEpsilon: 1e-6, ropeBase: 1e6, tiedEmbeddings: false },
    experts: { count: 128, used: 8, feedForward: wholeBlocks(0.375 * width) },
  }),
};

/** Muennighoff and others 2024. */
export const olmoe: Family = {
  ...{ name: 'olmoe', title: 'OLMoE', kind, architecture: 'olmoe' },
  traits: 'as Llama, with 64 small experts, 8 of them for a token, and norms of all queries and all keys',
  vocabulary: 50_304,
  widthPerLayer: 128,
  shapeOf: ({ width, layers, vocabulary }) => {
    const feedForward = wholeBlocks(width / 2);
    return {
      ...{ layers, embedding: width, feedForward, ...headsOf(width), vocabulary },
      ...{ contextLength: 4096, normEpsilon: 1e-5, ropeBase: 10_000, tiedEmbeddings: false },
      experts: { count: 64, used: 8, feedForward },
    };
  },
};

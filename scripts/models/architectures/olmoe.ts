/** OLMoE: a Llama with many small experts. It has no converter here. */
import { type ArchitectureGroup, type Family, headsOf, plain, wholeBlocks } from './architecture.ts';

/** Muennighoff and others 2024. */
const olmoeFamily: Family = {
  ...{ name: 'olmoe', title: 'OLMoE', kind: 'mixture of experts', architecture: 'olmoe' },
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

export const olmoe = {
  architectures: { olmoe: { ...plain, queryKeyNorms: 'whole' } },
  families: [olmoeFamily],
} satisfies ArchitectureGroup;

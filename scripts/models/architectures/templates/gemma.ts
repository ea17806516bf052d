import { type Family, groupedHeadsOf, wholeBlocks } from './family.ts';

/** 2024. */
export const gemma2: Family = {
  name: 'gemma2',
  title: 'Gemma 2',
  kind: 'Gemma',
  architecture: 'gemma2',
  traits: 'norms before and after each part, capped logits, a window in every other layer',
  vocabulary: 256_000,
  widthPerLayer: 88,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: wholeBlocks(4 * width), ...groupedHeadsOf(width), vocabulary },
    ...{ contextLength: 8192, normEpsilon: 1e-6, ropeBase: 10_000, tiedEmbeddings: true },
    ...{ slidingWindow: { positions: 4096 }, softCaps: { attention: 50, output: 30 } },
  }),
};

/** 2025. */
export const gemma3: Family = {
  name: 'gemma3',
  title: 'Gemma 3',
  kind: 'Gemma',
  architecture: 'gemma3',
  traits: 'as Gemma 2 with norms of queries and keys instead of caps, a window in five of six layers',
  vocabulary: 262_144,
  widthPerLayer: 60,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: wholeBlocks(5 * width), ...groupedHeadsOf(width), vocabulary },
    ...{ contextLength: 32_768, normEpsilon: 1e-6, ropeBase: 1e6, tiedEmbeddings: true },
    slidingWindow: { positions: 512, ropeBase: 10_000 },
  }),
};

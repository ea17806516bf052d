import { type Family, groupedHeadsOf, wholeBlocks } from './family.ts';

/** Jiang and others 2023. Stored as a llama, whose window llama.cpp does not know: it keeps and sees every position. */
export const mistral: Family = {
  name: 'mistral',
  title: 'Mistral',
  kind: 'Mistral',
  architecture: 'llama',
  traits: 'as Llama, with a sliding window of 4096 positions in every layer',
  vocabulary: 32_000,
  widthPerLayer: 128,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: wholeBlocks(3.5 * width), ...groupedHeadsOf(width), vocabulary },
    ...{ contextLength: 32_768, normEpsilon: 1e-5, ropeBase: 10_000, tiedEmbeddings: false },
    slidingWindow: { positions: 4096 },
  }),
};

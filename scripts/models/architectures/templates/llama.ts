import { type Family, groupedHeadsOf, wholeBlocks } from './family.ts';

/** Touvron and others 2023; Llama 3 2024. */
export const llama: Family = {
  name: 'llama',
  title: 'Llama',
  kind: 'Llama',
  architecture: 'llama',
  traits: 'grouped-query attention, rotation, gated feed-forward, RMS norms',
  vocabulary: 128_256,
  widthPerLayer: 128,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: wholeBlocks(3.5 * width), ...groupedHeadsOf(width), vocabulary },
    ...{ contextLength: 8192, normEpsilon: 1e-5, ropeBase: 500_000, tiedEmbeddings: width < 4096 },
  }),
};

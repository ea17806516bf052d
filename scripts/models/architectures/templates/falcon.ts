import { type Family, headsOf } from './family.ts';

/** Almazrouei and others 2023. */
export const falcon: Family = {
  name: 'falcon',
  title: 'Falcon',
  kind: 'Falcon',
  architecture: 'falcon',
  traits: 'one head of keys and values for all, attention and plain feed-forward part beside each other under one norm',
  vocabulary: 65_024,
  widthPerLayer: 142,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: 4 * width, ...headsOf(width), keyValueHeads: 1, vocabulary },
    ...{ contextLength: 2048, normEpsilon: 1e-5, ropeBase: 10_000, tiedEmbeddings: false },
  }),
};

import { type Family, headsOf, wholeBlocks } from './family.ts';

/** 2023. */
export const phi2: Family = {
  name: 'phi2',
  title: 'Phi-2',
  kind: 'Phi',
  architecture: 'phi2',
  traits: 'attention and plain feed-forward part beside each other, two fifths of a head rotated, biases everywhere',
  vocabulary: 51_200,
  widthPerLayer: 80,
  shapeOf: ({ width, layers, vocabulary }) => {
    const heads = headsOf(width);
    return {
      ...{ layers, embedding: width, feedForward: 4 * width, ...heads, vocabulary },
      ...{ contextLength: 2048, normEpsilon: 1e-5, ropeBase: 10_000, tiedEmbeddings: false },
      rotaryDimension: 8 * Math.floor(heads.headDimension / 20),
    };
  },
};

/** 2024; Phi-3.5 and Phi-4-mini are built alike. */
export const phi3: Family = {
  name: 'phi3',
  title: 'Phi-3',
  kind: 'Phi',
  architecture: 'phi3',
  traits: 'as Llama, with queries, keys and values in one matrix, gate and up in another',
  vocabulary: 32_064,
  widthPerLayer: 96,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: wholeBlocks((8 / 3) * width), ...headsOf(width), vocabulary },
    ...{ contextLength: 4096, normEpsilon: 1e-5, ropeBase: 10_000, tiedEmbeddings: false },
  }),
};

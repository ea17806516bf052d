import type { Family } from './family.ts';

/** Gu and Dao 2023. */
export const mamba: Family = {
  name: 'mamba',
  title: 'Mamba',
  kind: 'state space',
  architecture: 'mamba',
  traits: 'no attention: a state of constant size instead of cached positions',
  vocabulary: 50_280,
  widthPerLayer: 40,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: 0, heads: 0, keyValueHeads: 0, headDimension: 0, vocabulary },
    // Its length is limited by nothing; llama.cpp's converter writes this number.
    ...{ contextLength: 2 ** 20, normEpsilon: 1e-5, ropeBase: null, tiedEmbeddings: true },
    stateSpace: { convolution: 4, inner: 2 * width, state: 16, timeStepRank: Math.ceil(width / 16) },
  }),
};

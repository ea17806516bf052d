import { type Family, headsOf } from './family.ts';

/** Black and others 2022; Pythia (Biderman and others 2023) is built alike. */
export const gptneox: Family = {
  name: 'gptneox',
  title: 'GPT-NeoX',
  kind: 'GPT-NeoX',
  architecture: 'gptneox',
  traits: 'attention and plain feed-forward part beside each other, a quarter of a head rotated, biases everywhere',
  vocabulary: 50_304,
  widthPerLayer: 80,
  shapeOf: ({ width, layers, vocabulary }) => {
    const heads = headsOf(width);
    return {
      ...{ layers, embedding: width, feedForward: 4 * width, ...heads, vocabulary },
      ...{ contextLength: 2048, normEpsilon: 1e-5, ropeBase: 10_000, tiedEmbeddings: false },
      ...{ rotaryDimension: heads.headDimension / 4, parallelResidual: true },
    };
  },
};

import { type Family, headsOf } from './family.ts';

/** Radford and others 2019. */
export const gpt2: Family = {
  name: 'gpt2',
  title: 'GPT-2',
  kind: 'GPT-2',
  architecture: 'gpt2',
  traits: 'learned positions, plain feed-forward part, layer norms, biases everywhere',
  vocabulary: 50_257,
  widthPerLayer: 48,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: 4 * width, ...headsOf(width), vocabulary },
    ...{ contextLength: 1024, normEpsilon: 1e-5, ropeBase: null, tiedEmbeddings: true },
  }),
};

import { type Family, headsOf } from './family.ts';

/** Devlin and others 2018; the encoders of sentence-transformers and BGE are built alike. */
export const bert: Family = {
  name: 'bert',
  title: 'BERT',
  kind: 'encoder',
  architecture: 'bert',
  traits: 'attends both ways, learned positions, gives an embedding and no next token',
  vocabulary: 30_522,
  widthPerLayer: 48,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: 4 * width, ...headsOf(width), vocabulary },
    ...{ contextLength: 512, normEpsilon: 1e-12, ropeBase: null, tiedEmbeddings: true },
    encoder: { tokenTypes: 2, pooling: 'mean' },
  }),
};

/** All families, sorted by kind. */
import { runsAs } from './architecture.ts';
import { type Family, llamaFamilies } from './llama-families.ts';

export const families: readonly Family[] = [
  ...llamaFamilies,
  // 2023.
  {
    name: 'phi2',
    title: 'Phi-2',
    kind: 'Phi',
    architecture: 'phi2',
    traits: 'attention and plain feed-forward part beside each other, two fifths of a head rotated, biases everywhere',
    sizes: { vocabulary: 51_200, contextLength: 2048, normEpsilon: 1e-5, ropeBase: 10_000 },
    proportions: { widthPerLayer: 80, feedForward: 4 },
    changes: ({ headDimension }) => ({ rotaryDimension: 8 * Math.floor(headDimension / 20) }),
  },
  // 2024; Phi-3.5 and Phi-4-mini are built alike.
  {
    name: 'phi3',
    title: 'Phi-3',
    kind: 'Phi',
    architecture: 'phi3',
    traits: 'as Llama, with queries, keys and values in one matrix, gate and up in another',
    sizes: { vocabulary: 32_064, contextLength: 4096, normEpsilon: 1e-5, ropeBase: 10_000 },
    proportions: { widthPerLayer: 96, feedForward: 8 / 3 },
  },
  // Radford and others 2019.
  {
    name: 'gpt2',
    title: 'GPT-2',
    kind: 'GPT-2',
    architecture: 'gpt2',
    traits: 'learned positions, plain feed-forward part, layer norms, biases everywhere',
    sizes: { vocabulary: 50_257, contextLength: 1024, normEpsilon: 1e-5, ropeBase: null },
    proportions: { widthPerLayer: 48, feedForward: 4, tiedBelow: Number.POSITIVE_INFINITY },
  },
  // Black and others 2022; Pythia (Biderman and others 2023) is built alike.
  {
    name: 'gptneox',
    title: 'GPT-NeoX',
    kind: 'GPT-NeoX',
    architecture: 'gptneox',
    traits: 'attention and plain feed-forward part beside each other, a quarter of a head rotated, biases everywhere',
    sizes: { vocabulary: 50_304, contextLength: 2048, normEpsilon: 1e-5, ropeBase: 10_000 },
    proportions: { widthPerLayer: 80, feedForward: 4 },
    changes: ({ headDimension }) => ({ rotaryDimension: headDimension / 4, parallelResidual: true }),
  },
  // Almazrouei and others 2023.
  {
    name: 'falcon',
    title: 'Falcon',
    kind: 'Falcon',
    architecture: 'falcon',
    traits:
      'one head of keys and values for all, attention and plain feed-forward part beside each other under one norm',
    sizes: { vocabulary: 65_024, contextLength: 2048, normEpsilon: 1e-5, ropeBase: 10_000 },
    proportions: { widthPerLayer: 142, feedForward: 4 },
    changes: () => ({ keyValueHeads: 1 }),
  },
  // Jiang and others 2024. Stored as a llama that has experts.
  {
    name: 'mixtral',
    title: 'Mixtral',
    kind: 'mixture of experts',
    architecture: 'llama',
    traits: 'as Llama, with 8 experts, 2 of them for a token',
    sizes: { vocabulary: 32_000, contextLength: 32_768, normEpsilon: 1e-5, ropeBase: 1e6 },
    proportions: { widthPerLayer: 128, feedForward: 3.5, grouped: true },
    changes: ({ feedForward }) => ({ experts: { count: 8, used: 2, feedForward } }),
  },
  // Qwen1.5-MoE-A2.7B, 2024.
  {
    name: 'qwen2moe',
    title: 'Qwen1.5-MoE',
    kind: 'mixture of experts',
    architecture: 'qwen2moe',
    traits: 'as Qwen2, with 60 small experts, 4 of them for a token, and one that all tokens share',
    sizes: { vocabulary: 151_936, contextLength: 8192, normEpsilon: 1e-6, ropeBase: 1e6 },
    proportions: { widthPerLayer: 85, feedForward: 0.6875 },
    changes: ({ feedForward }) => ({
      feedForward: 4 * feedForward,
      attentionBias: true,
      experts: { count: 60, used: 4, feedForward, sharedFeedForward: 4 * feedForward },
    }),
  },
  // 2025.
  {
    name: 'qwen3moe',
    title: 'Qwen3 MoE',
    kind: 'mixture of experts',
    architecture: 'qwen3moe',
    traits: 'as Qwen3, with 128 small experts, 8 of them for a token',
    sizes: { vocabulary: 151_936, contextLength: 40_960, normEpsilon: 1e-6, ropeBase: 1e6 },
    proportions: { widthPerLayer: 43, feedForward: 0.375, grouped: true },
    changes: ({ embedding, feedForward }) => ({
      feedForward: 3 * embedding,
      experts: { count: 128, used: 8, feedForward },
    }),
  },
  // Muennighoff and others 2024.
  {
    name: 'olmoe',
    title: 'OLMoE',
    kind: 'mixture of experts',
    architecture: 'olmoe',
    traits: 'as Llama, with 64 small experts, 8 of them for a token, and norms of all queries and all keys',
    sizes: { vocabulary: 50_304, contextLength: 4096, normEpsilon: 1e-5, ropeBase: 10_000 },
    proportions: { widthPerLayer: 128, feedForward: 0.5 },
    changes: ({ feedForward }) => ({ experts: { count: 64, used: 8, feedForward } }),
  },
  // Gu and Dao 2023. Nothing limits its length; llama.cpp's converter writes this number.
  {
    name: 'mamba',
    title: 'Mamba',
    kind: 'state space',
    architecture: 'mamba',
    traits: 'no attention: a state of constant size instead of cached positions',
    sizes: { vocabulary: 50_280, contextLength: 2 ** 20, normEpsilon: 1e-5, ropeBase: null },
    proportions: { widthPerLayer: 40, feedForward: 0, tiedBelow: Number.POSITIVE_INFINITY },
    changes: ({ embedding }) => ({
      feedForward: 0,
      heads: 0,
      keyValueHeads: 0,
      headDimension: 0,
      stateSpace: { convolution: 4, inner: 2 * embedding, state: 16, timeStepRank: Math.ceil(embedding / 16) },
    }),
  },
  // Devlin and others 2018; the encoders of sentence-transformers and BGE are built alike.
  {
    name: 'bert',
    title: 'BERT',
    kind: 'encoder',
    architecture: 'bert',
    traits: 'attends both ways, learned positions, gives an embedding and no next token',
    sizes: { vocabulary: 30_522, contextLength: 512, normEpsilon: 1e-12, ropeBase: null },
    proportions: { widthPerLayer: 48, feedForward: 4, tiedBelow: Number.POSITIVE_INFINITY },
    changes: () => ({ encoder: { tokenTypes: 2, pooling: 'mean' } }),
  },
];

export function findFamily(name: string): Family | undefined {
  return families.find((family) => sameFamily(family.name, name));
}

/** What an engine must be able to run for models of the family. */
export function familyRunsAs({ architecture, name }: Pick<Family, 'architecture' | 'name'>): string {
  return runsAs(architecture, name === 'mixtral');
}

/** `gpt-neox`, `GPT_NeoX` and `gptneox` are one name: all of them are in use. */
export function sameFamily(a: string, b: string): boolean {
  return bareName(a) === bareName(b);
}

function bareName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_. ]/g, '');
}

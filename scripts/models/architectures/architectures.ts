/**
 * What tells the architectures of llama.cpp apart as far as tensors and metadata go (src/models/<name>.cpp there). A new one
 * means a line here; a family that people ask for by name is a template in families/.
 */

export interface Architecture {
  /**
   * What a layer does. 'decoder': attends to what came before; 'state-space': carries a state of constant size along and caches
   * nothing; 'encoder': attends both ways, and gives an embedding instead of a next token.
   */
  kind: 'decoder' | 'state-space' | 'encoder';
  /** Queries, keys and values in one matrix. */
  fusedAttention: boolean;
  /** 'gated': gate and up are two matrices; 'fused': one of twice the width; 'plain': up and down only. */
  feedForward: 'gated' | 'fused' | 'plain';
  /** 'rms': divided by the root mean square; 'layer': centred as well, with a bias. */
  norms: 'rms' | 'layer';
  /** Every matrix of a layer has a bias. */
  biases: boolean;
  /** The output matrix has one too. */
  outputBias: boolean;
  /** Norms of queries and keys: of each head, or of all heads as one row. */
  queryKeyNorms: 'none' | 'head' | 'whole';
  /** A second norm after attention and after the feed-forward part. */
  postNorms: boolean;
  /** One norm feeds attention and feed-forward part, which are computed beside each other and added up. */
  sharedNorm: boolean;
  /** With a sliding window: every so manieth layer sees all positions; null: llama.cpp keeps every position of every layer. */
  windowPattern: number | null;
}

const plain: Architecture = {
  kind: 'decoder',
  fusedAttention: false,
  feedForward: 'gated',
  norms: 'rms',
  biases: false,
  outputBias: false,
  queryKeyNorms: 'none',
  postNorms: false,
  sharedNorm: false,
  windowPattern: null,
};

export const architectureNames = [
  ...(['llama', 'qwen2', 'qwen3', 'gemma2', 'gemma3', 'phi2', 'phi3', 'gpt2', 'gptneox', 'falcon'] as const),
  ...(['qwen2moe', 'qwen3moe', 'olmoe', 'mamba', 'bert'] as const),
] as const;
export type ArchitectureName = (typeof architectureNames)[number];

export const architectures: Readonly<Record<ArchitectureName, Architecture>> = {
  llama: plain,
  qwen2: plain,
  qwen3: { ...plain, queryKeyNorms: 'head' },
  gemma2: { ...plain, postNorms: true, windowPattern: 2 },
  gemma3: { ...plain, queryKeyNorms: 'head', postNorms: true, windowPattern: 6 },
  phi2: { ...plain, feedForward: 'plain', norms: 'layer', biases: true, outputBias: true, sharedNorm: true },
  phi3: { ...plain, fusedAttention: true, feedForward: 'fused' },
  gpt2: { ...plain, fusedAttention: true, feedForward: 'plain', norms: 'layer', biases: true },
  gptneox: { ...plain, fusedAttention: true, feedForward: 'plain', norms: 'layer', biases: true },
  falcon: { ...plain, fusedAttention: true, feedForward: 'plain', norms: 'layer', sharedNorm: true },
  qwen2moe: plain,
  qwen3moe: { ...plain, queryKeyNorms: 'head' },
  olmoe: { ...plain, queryKeyNorms: 'whole' },
  mamba: { ...plain, kind: 'state-space' },
  bert: { ...plain, kind: 'encoder', feedForward: 'plain', norms: 'layer', biases: true },
};

/**
 * What an engine must know to run a file. A Mixtral is stored as a llama, and what runs a llama does not run its experts: they
 * have a name of their own here.
 */
export function runsAs(architecture: string, hasExperts: boolean): string {
  return architecture === 'llama' && hasExperts ? 'mixtral' : architecture;
}

/** All that a framework may declare to run. */
export const runnableArchitectures: readonly string[] = [...architectureNames, 'mixtral'];

/**
 * What tells the architectures of llama.cpp apart as far as tensors go (src/models/<name>.cpp there). Adding one to the
 * registry means a line here.
 */

export interface Architecture {
  /** Queries, keys and values in one matrix. */
  fusedAttention: boolean;
  /** 'gated': gate and up are two matrices; 'fused': one of twice the width; 'plain': up and down only. */
  feedForward: 'gated' | 'fused' | 'plain';
  /** Norms and matrices have biases, and positions are learned. */
  biasesEverywhere: boolean;
  /** Norms of each head's queries and keys. */
  queryKeyNorms: boolean;
  /** A second norm after attention and after the feed-forward part. */
  postNorms: boolean;
}

const plain: Architecture = {
  fusedAttention: false,
  feedForward: 'gated',
  biasesEverywhere: false,
  queryKeyNorms: false,
  postNorms: false,
};

export const architectureNames = ['llama', 'qwen2', 'qwen3', 'gemma2', 'gemma3', 'phi3', 'gpt2'] as const;
export type ArchitectureName = (typeof architectureNames)[number];

export const architectures: Readonly<Record<ArchitectureName, Architecture>> = {
  llama: plain,
  qwen2: plain,
  qwen3: { ...plain, queryKeyNorms: true },
  gemma2: { ...plain, postNorms: true },
  gemma3: { ...plain, queryKeyNorms: true, postNorms: true },
  phi3: { ...plain, fusedAttention: true, feedForward: 'fused' },
  gpt2: { ...plain, fusedAttention: true, feedForward: 'plain', biasesEverywhere: true },
};

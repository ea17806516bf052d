/** How the architectures of llama.cpp (src/models/<name>.cpp there) differ from a Llama in tensors and metadata. */

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
  /** With a sliding window: every n-th layer sees all positions; null: llama.cpp keeps every position of every layer. */
  windowPattern: number | null;
}

const llama: Architecture = {
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

const layerNorms = { ...llama, norms: 'layer', biases: true } as const;
const headNorms = { ...llama, queryKeyNorms: 'head' } as const;

/** By `general.architecture` of a file. */
const table = {
  llama,
  qwen2: llama,
  qwen3: headNorms,
  gemma2: { ...llama, postNorms: true, windowPattern: 2 },
  gemma3: { ...headNorms, postNorms: true, windowPattern: 6 },
  phi2: { ...layerNorms, feedForward: 'plain', outputBias: true, sharedNorm: true },
  phi3: { ...llama, fusedAttention: true, feedForward: 'fused' },
  gpt2: { ...layerNorms, fusedAttention: true, feedForward: 'plain' },
  gptneox: { ...layerNorms, fusedAttention: true, feedForward: 'plain' },
  falcon: { ...llama, fusedAttention: true, feedForward: 'plain', norms: 'layer', sharedNorm: true },
  qwen2moe: llama,
  qwen3moe: headNorms,
  olmoe: { ...llama, queryKeyNorms: 'whole' },
  mamba: { ...llama, kind: 'state-space' },
  bert: { ...layerNorms, kind: 'encoder', feedForward: 'plain' },
} satisfies Record<string, Architecture>;

export type ArchitectureName = keyof typeof table;
export const architectures: Readonly<Record<ArchitectureName, Architecture>> = table;
export const architectureNames = Object.keys(table).filter(isArchitecture);

export function isArchitecture(name: unknown): name is ArchitectureName {
  return typeof name === 'string' && Object.hasOwn(table, name);
}

/**
 * What an engine must know to run a file. A Mixtral is stored as a llama, and what runs a llama does not run its experts: they
 * have a name of their own here.
 */
export function runsAs(architecture: string, hasExperts: boolean): string {
  return architecture === 'llama' && hasExperts ? 'mixtral' : architecture;
}

/** All that a framework may declare to run. */
export const runnableArchitectures: readonly string[] = [...architectureNames, 'mixtral'];

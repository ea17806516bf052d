/** Names of a graph's inputs and outputs; those that other tools' graphs have too are called as there. */

export const graphInputs = {
  /** int64 of (1, tokens) */
  tokens: 'input_ids',
  /** int64 of (1, tokens) */
  positions: 'position_ids',
  /** int32 of (1): position of the last token of the run. */
  lastPosition: 'seqlens_k',
  /** int32 of (1): positions that are cached and new ones, together. */
  totalLength: 'total_sequence_length',
  /** int64 of (rows): indexes among the run's tokens. */
  logitRows: 'logit_rows',
} as const;

export const graphOutputs = {
  /** int64 of (1, rows): ids of the greatest logits. */
  nextTokens: 'next_tokens',
  /** float32 of (1, rows, vocabulary) */
  logits: 'logits',
  /** Keys and values of the run's tokens: of (2 · layers, KV heads, tokens, head size), a layer's keys before its values. */
  newKeysAndValues: 'new_keys_and_values',
} as const;

type Part = 'key' | 'value';

/** Of (1, KV heads, positions, head size); positions beyond those that are filled do not matter. */
export function keyValueInput(layer: number, part: Part): string {
  return `past_key_values.${layer}.${part}`;
}

/** All of them, the new ones included. */
export function keyValueOutput(layer: number, part: Part): string {
  return `present.${layer}.${part}`;
}

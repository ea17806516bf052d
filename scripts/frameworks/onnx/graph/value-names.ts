/** Names of a graph's inputs and outputs; names that the graphs of other tools share are the same there. */

/** Formats in which keys and values can be cached. */
export type KeyValueType = 'float32' | 'float16';

export const graphInputs = {
  /** int64 of (1, tokens) */
  tokens: 'input_ids',
  /** int64 of (1, tokens) */
  positions: 'position_ids',
  /** int32 of (1): position of the last token of the run. */
  lastPosition: 'seqlens_k',
  /** int32 of (1): cached positions and new ones, together. */
  totalLength: 'total_sequence_length',
  /** int64 of (rows): indexes among the run's tokens. */
  logitRows: 'logit_rows',
} as const;

export const graphOutputs = {
  /** int64 of (1, rows): ids of the greatest logits. */
  nextTokens: 'next_tokens',
  /** float32 of (1, rows, vocabulary) */
  logits: 'logits',
  /** Keys and values of the run's tokens, (2 · layers, KV heads, tokens, head size), a layer's keys before its values. */
  newKeysAndValues: 'new_keys_and_values',
} as const;

export const keyAndValue = ['key', 'value'] as const;
type Part = (typeof keyAndValue)[number];

/** Input of (1, KV heads, positions, head size); the content of unfilled positions does not matter. */
export function keyValueInput(layer: number, part: Part): string {
  return `past_key_values.${layer}.${part}`;
}

/** Output of all keys or values, the new ones included. */
export function keyValueOutput(layer: number, part: Part): string {
  return `present.${layer}.${part}`;
}

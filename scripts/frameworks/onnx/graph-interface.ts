/** The inputs that a graph takes for a run of tokens, and its outputs that say which token comes next. */
import { type UserError, usageError } from '../../command-line/errors.ts';
import { graphInputs, graphOutputs } from './graph/graph-builder.ts';
import { type InferenceSession, Tensor } from './runtime.ts';

export interface GraphInterface {
  /**
   * Makes the inputs of a run, without keys and values.
   * @param past positions before the tokens
   * @param from index of the first token whose output is wanted; the outputs of all later tokens are wanted too
   * @returns inputs that are valid until the next call; a new object whenever the tensors are new
   */
  feeds(tokens: Int32Array, past: number, from: number): Readonly<Record<string, Tensor>>;
  /** Output with the ids of the greatest logits, int64; null: search the logits. */
  readonly nextTokens: string | null;
  /** Output of (1, at least the wanted rows, vocabulary), float32. */
  readonly logits: string;
}

function int64(values: Iterable<number>, shape: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), shape);
}

/** first, first + 1, ... */
function ascending(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

/** The interface of graphs that Tokenlap writes. */
export function writtenInterface(): GraphInterface {
  const single = singleToken();
  return {
    nextTokens: graphOutputs.nextTokens,
    logits: graphOutputs.logits,
    feeds(tokens, past, from) {
      const count = tokens.length;
      if (count === 1) return single(tokens[0] ?? 0, past);
      return {
        [graphInputs.tokens]: int64(tokens, [1, count]),
        [graphInputs.positions]: int64(ascending(past, count), [1, count]),
        [graphInputs.lastPosition]: int32(past + count - 1),
        [graphInputs.totalLength]: int32(past + count),
        [graphInputs.logitRows]: int64(ascending(from, count - from), [count - from]),
      };
    },
  };
}

/** Inputs for a single token; their tensors are made once and reused for every token. */
function singleToken() {
  const tokens = new BigInt64Array(1);
  const positions = new BigInt64Array(1);
  const lastPosition = new Int32Array(1);
  const totalLength = new Int32Array(1);
  const feeds = {
    [graphInputs.tokens]: new Tensor('int64', tokens, [1, 1]),
    [graphInputs.positions]: new Tensor('int64', positions, [1, 1]),
    [graphInputs.lastPosition]: new Tensor('int32', lastPosition, [1]),
    [graphInputs.totalLength]: new Tensor('int32', totalLength, [1]),
    [graphInputs.logitRows]: int64([0], [1]),
  };
  return (token: number, past: number) => {
    tokens[0] = BigInt(token);
    positions[0] = BigInt(past);
    lastPosition[0] = past;
    totalLength[0] = past + 1;
    return feeds;
  };
}

function int32(value: number): Tensor {
  return new Tensor('int32', Int32Array.of(value), [1]);
}

/** Makes the tensor of one input of a graph in the layout of transformers.js. */
type Feed = (tokens: Int32Array, past: number, from: number) => Tensor;

const feeds: Readonly<Record<string, Feed>> = {
  [graphInputs.tokens]: (tokens) => int64(tokens, [1, tokens.length]),
  [graphInputs.positions]: (tokens, past) => int64(ascending(past, tokens.length), [1, tokens.length]),
  attention_mask: (tokens, past) => int64(Array(past + tokens.length).fill(1), [1, past + tokens.length]),
  /** Keeps the last rows; without this input a graph returns the logits of all tokens. */
  num_logits_to_keep: (tokens, _past, from) => int64([tokens.length - from], []),
};

/**
 * The interface of graphs in the layout of transformers.js, which differ in the inputs that they have.
 * @throws UserError when the graph has an unknown input
 */
export function hubInterface({ inputNames, outputNames }: InferenceSession): GraphInterface {
  const own = inputNames.filter((name) => !name.startsWith('past_key_values.'));
  const known = own.map((name) => {
    const feed = feeds[name];
    if (feed === undefined) throw unknown(`takes the input "${name}"`);
    return [name, feed] as const;
  });
  if (!outputNames.includes(graphOutputs.logits)) throw unknown(`has no output "${graphOutputs.logits}"`);
  return {
    nextTokens: null,
    logits: graphOutputs.logits,
    feeds: (tokens, past, from) => Object.fromEntries(known.map(([name, feed]) => [name, feed(tokens, past, from)])),
  };
}

function unknown(what: string): UserError {
  return usageError(
    `the graph does not have the expected layout of transformers.js: it ${what}`,
    `Supported inputs: ${Object.keys(feeds).join(', ')} and past_key_values.N.key and .value.`,
  );
}

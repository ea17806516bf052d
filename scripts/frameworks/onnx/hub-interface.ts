/** The interface of graphs in the layout of transformers.js: which of its inputs a graph has differs. */
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { ascending, type GraphInterface, int64 } from './graph-interface.ts';
import { graphInputs, graphOutputs } from './graph-values.ts';
import type { InferenceSession, Tensor } from './runtime.ts';

type Feed = (tokens: Int32Array, past: number, from: number) => Tensor;

const feeds: Readonly<Record<string, Feed>> = {
  [graphInputs.tokens]: (tokens) => int64(tokens, [1, tokens.length]),
  [graphInputs.positions]: (tokens, past) => int64(ascending(past, tokens.length), [1, tokens.length]),
  attention_mask: (tokens, past) => int64(Array(past + tokens.length).fill(1), [1, past + tokens.length]),
  /** The last ones; without this input a graph gives the logits of all tokens. */
  num_logits_to_keep: (tokens, _past, from) => int64([tokens.length - from], []),
};

/** @throws UserError when the graph wants something that is not known */
export function hubInterface({ inputNames, outputNames }: InferenceSession): GraphInterface {
  const own = inputNames.filter((name) => !name.startsWith('past_key_values.'));
  const known = own.map((name) => {
    const feed = feeds[name];
    if (feed === undefined) throw unknown(`wants "${name}"`);
    return [name, feed] as const;
  });
  if (!outputNames.includes(graphOutputs.logits)) throw unknown(`gives no "${graphOutputs.logits}"`);
  return {
    nextTokens: null,
    logits: graphOutputs.logits,
    feeds: (tokens, past, from) => Object.fromEntries(known.map(([name, feed]) => [name, feed(tokens, past, from)])),
  };
}

function unknown(what: string): UserError {
  return new UserError(`the graph is not in the layout of transformers.js that is known: it ${what}`, {
    exitCode: exitCodes.usage,
    remedy: `Its inputs can be: ${Object.keys(feeds).join(', ')} and past_key_values.N.key and .value.`,
  });
}

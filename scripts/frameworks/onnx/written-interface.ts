/** The interface of the graphs that are written here. */
import { ascending, type GraphInterface, int32, int64 } from './graph-interface.ts';
import { graphInputs, graphOutputs } from './graph-values.ts';

export const writtenInterface: GraphInterface = {
  nextTokens: graphOutputs.nextTokens,
  logits: graphOutputs.logits,
  feeds(tokens, past, from) {
    const count = tokens.length;
    return {
      [graphInputs.tokens]: int64(tokens, [1, count]),
      [graphInputs.positions]: int64(ascending(past, count), [1, count]),
      [graphInputs.lastPosition]: int32(past + count - 1),
      [graphInputs.totalLength]: int32(past + count),
      [graphInputs.logitRows]: int64(ascending(from, count - from), [count - from]),
    };
  },
};

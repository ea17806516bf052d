/** The interface of the graphs that are written here. */
import { ascending, type GraphInterface, int64 } from './graph-interface.ts';
import { graphInputs, graphOutputs } from './graph-values.ts';
import { Tensor } from './runtime.ts';

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

/** Its tensors are made once: they are fed at every token. */
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

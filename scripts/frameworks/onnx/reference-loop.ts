/**
 * A yardstick for the engine: greedy decoding straight on onnxruntime-node, as fast as we could write it for the graphs that
 * are written here, with keys and values in float32. What can be made before the first token is. A process of its own, which
 * by-hand.ts starts and asks.
 *
 *   node --import tsx by-hand-loop.ts <graph> <threads> in-place|passed-on
 */
import { z } from 'zod';
import { InferenceSession, Tensor } from './runtime.ts';

type Feeds = Record<string, Tensor>;
type Results = Readonly<Record<string, Tensor>>;

/** What becomes of keys and values between two runs. */
export type Strategy = 'in-place' | 'passed-on';

interface Cache {
  outputs: readonly string[];
  begin(feeds: Feeds, positions: number): void;
  keep(feeds: Feeds, results: Results, past: number, count: number): void;
}

const [, , path = '', threads, strategy] = process.argv;
const asked = z.object({ prompt: z.array(z.number().int()), tokens: z.number().int().positive() });

const session = await InferenceSession.create(path, {
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  intraOpNumThreads: Number(threads),
  interOpNumThreads: 1,
  extra: { session: { disable_quant_qdq: '1' } },
});
const pasts = session.inputMetadata
  .filter(({ name }) => name.startsWith('past_key_values.'))
  .map((input) => {
    const [, heads, , size] = z
      .tuple([z.literal(1), z.number(), z.string(), z.number()])
      .parse(input.isTensor ? input.shape : []);
    return { name: input.name, present: input.name.replace('past_key_values', 'present'), heads, size };
  });
const cache = strategy === 'passed-on' ? passedOn() : inPlace();

// Ctrl-C and the end of a terminal reach the whole process group; whoever started this decides what they mean.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', async (raw) => {
  const { prompt, tokens } = asked.parse(raw);
  process.send?.(await decode(prompt, tokens));
});
process.send?.('ready');

/** @returns the ids, and when each of them was there */
async function decode(prompt: readonly number[], tokens: number): Promise<{ ids: number[]; atMs: number[] }> {
  const fetched = ['next_tokens', ...cache.outputs];
  const count = prompt.length;
  const feeds: Feeds = {
    input_ids: new Tensor('int64', BigInt64Array.from(prompt, BigInt), [1, count]),
    position_ids: new Tensor(
      'int64',
      BigInt64Array.from(prompt, (_, i) => BigInt(i)),
      [1, count],
    ),
    seqlens_k: new Tensor('int32', Int32Array.of(count - 1), [1]),
    total_sequence_length: new Tensor('int32', Int32Array.of(count), [1]),
    logit_rows: new Tensor('int64', BigInt64Array.of(BigInt(count - 1)), [1]),
  };
  cache.begin(feeds, count + tokens);
  let results: Results = await session.run(feeds, fetched);
  cache.keep(feeds, results, 0, count);

  const [id, at, last, total] = [new BigInt64Array(1), new BigInt64Array(1), new Int32Array(1), new Int32Array(1)];
  feeds.input_ids = new Tensor('int64', id, [1, 1]);
  feeds.position_ids = new Tensor('int64', at, [1, 1]);
  feeds.seqlens_k = new Tensor('int32', last, [1]);
  feeds.total_sequence_length = new Tensor('int32', total, [1]);
  feeds.logit_rows = new Tensor('int64', BigInt64Array.of(0n), [1]);
  const ids = [chosen(results)];
  const atMs = [performance.now()];
  for (let position = count; ids.length < tokens; position++) {
    id[0] = BigInt(ids[ids.length - 1] ?? 0);
    at[0] = BigInt(position);
    last[0] = position;
    total[0] = position + 1;
    results = await session.run(feeds, fetched);
    cache.keep(feeds, results, position, 1);
    ids.push(chosen(results));
    atMs.push(performance.now());
  }
  return { ids, atMs };
}

function chosen({ next_tokens: ids }: Results): number {
  return ids?.data instanceof BigInt64Array ? Number(ids.data[0]) : Number.NaN;
}

/** In buffers of our own; of each run only the new ones come back. */
function inPlace(): Cache {
  let buffers: Float32Array[] = [];
  let positions = 0;
  return {
    outputs: ['new_keys_and_values'],
    begin(feeds, most) {
      positions = most;
      buffers = pasts.map(({ heads, size }) => new Float32Array(heads * positions * size));
      for (const [i, { name, heads, size }] of pasts.entries()) {
        feeds[name] = new Tensor('float32', buffers[i] ?? new Float32Array(), [1, heads, positions, size]);
      }
    },
    keep(_feeds, { new_keys_and_values: fresh }, past, count) {
      if (!(fresh?.data instanceof Float32Array)) return;
      let from = 0;
      for (const [i, { heads, size }] of pasts.entries()) {
        for (let head = 0; head < heads; head++, from += count * size) {
          buffers[i]?.set(fresh.data.subarray(from, from + count * size), (head * positions + past) * size);
        }
      }
    },
  };
}

/** As one run gives them and the next one is fed, the way most programs go. */
function passedOn(): Cache {
  return {
    outputs: pasts.map(({ present }) => present),
    begin(feeds) {
      for (const { name, heads, size } of pasts) {
        feeds[name] = new Tensor('float32', new Float32Array(), [1, heads, 0, size]);
      }
    },
    keep(feeds, results) {
      for (const { name, present } of pasts) {
        const tensor = results[present];
        if (tensor !== undefined) feeds[name] = tensor;
      }
    },
  };
}

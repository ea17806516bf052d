/**
 * Our decoding against loops written by hand for the same graph. Every round starts fresh processes, because two processes of
 * one program can differ by some percent; within a round they take turns, A B B A, so that drift hits all alike.
 */

import { monotonicNow } from '../engine/clock.ts';
import { startEngine } from '../engine/engine.ts';
import type { Framework } from '../frameworks/framework.ts';
import type { EngineSettings } from '../settings/settings.ts';
import { ratioOf, ratioOfPairs } from '../statistics/log-ratio.ts';
import { interleave } from '../statistics/seeded-random.ts';
import { type Interval, median } from '../statistics/statistics.ts';

/** A process with a loaded model. */
export interface Decoder extends AsyncDisposable {
  /** Greedy, whatever comes. */
  decode(prompt: readonly number[], tokens: number): Promise<Decoded>;
}

interface Decoded {
  ids: readonly number[];
  /** When each of them was there, milliseconds. */
  atMs: readonly number[];
}

export interface DecodeTest {
  prompt: readonly number[];
  tokens: number;
  rounds: number;
  /** Of each decoder within a round. */
  turns: number;
  seed: number;
}

/** Of one decoder: tokens per second, for each turn of each round. */
export type Rates = ReadonlyArray<readonly number[]>;

/**
 * @param starts one for each decoder
 * @param onRound told the number of each round, from 0
 * @param signal ends it early
 * @returns the rates of each decoder, of the rounds that were complete
 * @throws Error when they do not all give the same ids: then they do not do the same work
 */
export async function measureDecoders(
  starts: ReadonlyArray<() => Promise<Decoder>>,
  test: DecodeTest,
  onRound: (round: number) => void,
  signal: AbortSignal,
): Promise<Rates[]> {
  const rates: number[][][] = starts.map(() => []);
  for (let round = 0; round < test.rounds && !signal.aborted; round++) {
    onRound(round);
    const started = new Map<number, Decoder>();
    try {
      // The first process to load a large model was seen to be a tenth slower than the others, so each is first in its turn.
      for (const i of [...starts.keys()].map((place) => (place + round) % starts.length)) {
        const start = starts[i];
        if (start !== undefined) started.set(i, await start());
      }
      const decoders = [...started].sort(([a], [b]) => a - b).map(([, decoder]) => decoder);
      const measured = await takeTurns(decoders, { ...test, seed: test.seed + round }, signal);
      if (!signal.aborted) for (const [i, turns] of measured.entries()) rates[i]?.push(turns);
    } catch (error) {
      // Ctrl-C also ends a process that is just starting.
      if (!signal.aborted) throw error;
    } finally {
      await Promise.all([...started.values()].map((decoder) => decoder[Symbol.asyncDispose]()));
    }
  }
  return rates;
}

/** @returns the rates of each decoder; the first turn of each warms it up and does not count */
async function takeTurns(
  decoders: readonly Decoder[],
  { prompt, tokens, turns, seed }: DecodeTest,
  signal: AbortSignal,
): Promise<number[][]> {
  const measured: number[][] = decoders.map(() => []);
  let expected: string | undefined;
  for (const { cell: decoder, iteration } of interleave(decoders, 1 + turns, seed)) {
    if (signal.aborted) break;
    const decoded = await decoder.decode(prompt, tokens);
    expected ??= String(decoded.ids);
    if (String(decoded.ids) !== expected) throw new Error('the decoders gave different tokens: nothing to compare');
    if (iteration > 0) measured[decoders.indexOf(decoder)]?.push(rate(decoded));
  }
  return measured;
}

/** By the median duration of a token, which a neighbour that takes the processor for a moment does not move. */
function rate({ atMs }: Decoded): number {
  return 1000 / median(atMs.slice(1).map((at, i) => at - (atMs[i] ?? at)));
}

export interface RateRatio {
  /** Medians over all turns, tokens per second. */
  ours: number;
  theirs: number;
  /** Geometric mean over rounds of the ratios of their medians. */
  ratio: number;
  /** 95 %, paired by round; null below three rounds. */
  interval: Interval | null;
}

export function rateRatio(ours: Rates, theirs: Rates): RateRatio {
  const found = ratioOfPairs(ours.map((turns, round) => Math.log(median(turns) / median(theirs[round] ?? []))));
  return {
    ours: median(ours.flat()),
    theirs: median(theirs.flat()),
    ...ratioOf(found),
  };
}

/** '0.985 (0.972 to 0.991)' */
export function ratioText({ ratio, interval }: RateRatio): string {
  const range = interval === null ? '' : ` (${interval.low.toFixed(3)} to ${interval.high.toFixed(3)})`;
  return `${ratio.toFixed(3)}${range}`;
}

export interface EngineUnderTest {
  framework: Framework;
  modelPath: string;
  settings: EngineSettings;
  timeoutMs: number;
  /** File name of the graph that it must run. */
  graph: string;
}

/** The engine process as every benchmark starts it, with its stamps. */
export async function startEngineDecoder(test: EngineUnderTest): Promise<Decoder> {
  const { framework, modelPath, settings, timeoutMs, graph } = test;
  const silent = { onCheckpoint: () => {}, onProgress: () => {}, onPiece: () => {} };
  const engine = await startEngine({ framework, originNs: monotonicNow(), settings, timeoutMs, ...silent });
  try {
    const { build } = await engine.load(modelPath, settings);
    if (build.graph !== graph) throw new Error(`the engine runs ${build.graph}, and not ${graph}`);
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
  return {
    async decode(prompt, maxTokens) {
      const asked = { temperature: 0, seed: 0, ignoreEndOfSequence: true, reusePrefix: false, stream: false };
      const { ids, atNs } = await engine.generate({ prompt: [...prompt], maxTokens, ...asked });
      return { ids, atMs: atNs.map((at) => at / 1e6) };
    },
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

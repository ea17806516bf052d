/**
 * The kernel workload in several engines and programs at once: within a round each has its turn, so that what the machine
 * does besides hits all alike, and a ratio is of neighbours in time. Every few rounds the processes begin anew, because two
 * processes of one program can differ by some percent.
 */

import { clockSince, monotonicNow } from '../../engine/clock.ts';
import { startEngine } from '../../engine/engine.ts';
import type { Framework } from '../../frameworks/framework.ts';
import { memoryMeter } from '../../run/memory-meter.ts';
import { MemoryTrack } from '../../run/memory-track.ts';
import type { EngineSettings } from '../../settings/settings.ts';
import { median } from '../../statistics/statistics.ts';

/** Tokens of the tests of llama-bench. */
export interface KernelTests {
  nPrompt: number;
  nGen: number;
}

/** Multiplications of weights and tokens: a second or two of prompt, and of generation, on two cores. */
const promptWork = 35e9;
const generationWork = 4.3e9;

/** Fewer tokens of larger models, so that each of them takes its turn in seconds. */
export function kernelTestsFor(parameters: number): KernelTests {
  const between = (least: number, most: number, work: number) =>
    Math.min(most, Math.max(least, Math.round(work / parameters / 16) * 16));
  return { nPrompt: between(64, 512, promptWork), nGen: between(16, 128, generationWork) };
}

/** Tokens per second. */
export interface KernelRates {
  pp: number;
  tg: number;
}

/** A process that is ready to work, warm. */
export interface KernelContender extends AsyncDisposable {
  measure(seed: number): Promise<KernelRates>;
}

export interface TurnPlan {
  /** How often all processes begin anew. */
  starts: number;
  /** Turns of each within a start. */
  rounds: number;
  seed: number;
}

/**
 * @param starters one for each contender
 * @param onRound told the number of each round, from 0, over all starts
 * @returns of each contender its rates, round by round
 */
export async function measureTurns(
  starters: ReadonlyArray<() => Promise<KernelContender>>,
  { starts, rounds, seed }: TurnPlan,
  onRound: (round: number) => void,
  signal: AbortSignal,
): Promise<KernelRates[][]> {
  const rates: KernelRates[][] = starters.map(() => []);
  const order = [...starters.keys()];
  for (let start = 0; start < starts; start++) {
    const ready = new Map<number, KernelContender>();
    try {
      for (const i of rotated(order, start)) {
        signal.throwIfAborted();
        const contender = await starters[i]?.();
        if (contender !== undefined) ready.set(i, contender);
      }
      for (let round = start * rounds; round < (start + 1) * rounds; round++) {
        onRound(round);
        for (const i of rotated(order, round)) {
          signal.throwIfAborted();
          const measured = await ready.get(i)?.measure(seed + round);
          if (measured !== undefined) rates[i]?.push(measured);
        }
      }
    } finally {
      await Promise.all([...ready.values()].map((contender) => contender[Symbol.asyncDispose]()));
    }
  }
  return rates;
}

function rotated(order: readonly number[], by: number): number[] {
  return order.map((_, i) => order[(i + by) % order.length] ?? 0);
}

/** Median over the rounds of what one did beside another in the same round. */
export function medianRatio(
  own: readonly KernelRates[],
  other: readonly KernelRates[],
  test: keyof KernelRates,
): number {
  return median(own.map((rates, round) => rates[test] / (other[round]?.[test] ?? Number.NaN)));
}

export interface EngineSubject {
  framework: Framework;
  modelPath: string;
  settings: EngineSettings;
  timeoutMs: number;
}

/** An engine as a run has it, with the watch on its memory; each test has run twice when it is handed over. */
export async function kernelEngine(
  { framework, modelPath, settings, timeoutMs }: EngineSubject,
  { nPrompt, nGen }: KernelTests,
): Promise<KernelContender> {
  const originNs = monotonicNow();
  const silent = { onCheckpoint: () => {}, onProgress: () => {}, onPiece: () => {} };
  const engine = await startEngine({ framework, originNs, settings, timeoutMs, ...silent });
  const track = new MemoryTrack({ meter: memoryMeter(), now: clockSince(originNs), engine, write: () => {} });
  const rate = async (test: 'pp' | 'tg', tokens: number, seed: number) => {
    const { durationNs } = await engine.kernel({ test, tokens, depth: 0, seed });
    return tokens / (durationNs / 1e9);
  };
  const measure = async (seed: number) => ({ pp: await rate('pp', nPrompt, seed), tg: await rate('tg', nGen, seed) });
  const end = async () => {
    track[Symbol.dispose]();
    await engine[Symbol.asyncDispose]();
  };
  try {
    await track.start();
    await engine.load(modelPath, settings);
    for (let warm = 0; warm < 2; warm++) await measure(warm);
    return { measure, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

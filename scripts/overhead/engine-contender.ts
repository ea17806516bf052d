/** Tokenlap's engine as a contender: started as every run starts it, with the watch on its memory. */
import { clockSince, monotonicNow } from '../engine/clock.ts';
import { startEngine } from '../engine/engine.ts';
import type { Framework } from '../frameworks/framework.ts';
import {
  type BenchmarkSubject,
  type BenchmarkTests,
  type Contender,
  generationRate,
  type Measured,
  type OwnBenchmark,
  type References,
} from '../frameworks/own-benchmark.ts';
import { memoryMeter } from '../run/memory-meter.ts';
import { MemoryTrack } from '../run/memory-track.ts';

export interface EngineSubject extends BenchmarkSubject {
  framework: Framework;
  timeoutMs: number;
}

const warmUps = 2;

/**
 * @param build facts that the engine must report, so that it runs what the reference runs
 * @returns the engine after two warm-up turns
 */
export async function startEngineContender(
  { framework, modelPath, settings, timeoutMs, ...tests }: EngineSubject,
  { work, compilingTokens }: Pick<OwnBenchmark, 'work' | 'compilingTokens'>,
  build: References['build'] = {},
): Promise<Contender> {
  const originNs = monotonicNow();
  const engine = await startEngine({ framework, originNs, settings, timeoutMs });
  const track = new MemoryTrack({ meter: memoryMeter(), now: clockSince(originNs), engine, write: () => {} });
  const measure = (seed: number) =>
    work === 'kernel' ? kernelRates(engine, tests, seed) : generated(engine, tests, compilingTokens);
  const end = async () => {
    track[Symbol.dispose]();
    await engine[Symbol.asyncDispose]();
  };
  try {
    await track.start();
    const { effective } = await engine.load(modelPath, settings);
    for (const [fact, value] of Object.entries(build)) {
      if (effective.build[fact] !== value) throw new Error(`the engine runs ${effective.build[fact]}, not ${value}`);
    }
    for (let turn = 0; turn < warmUps; turn++) await measure(turn);
    return { measure, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

type Engine = Awaited<ReturnType<typeof startEngine>>;

async function kernelRates(engine: Engine, { nPrompt, nGen }: BenchmarkTests, seed: number): Promise<Measured> {
  const rate = async (test: 'pp' | 'tg', tokens: number) => {
    const { durationNs } = await engine.kernel({ test, tokens, depth: 0, seed });
    return tokens / (durationNs / 1e9);
  };
  return { rates: { pp: await rate('pp', nPrompt), tg: await rate('tg', nGen) } };
}

async function generated(
  engine: Engine,
  { prompt, nGen }: Pick<BenchmarkSubject, 'prompt' | 'nGen'>,
  compilingTokens?: number,
): Promise<Measured> {
  const greedy = { temperature: 0, seed: 0, ignoreEndOfSequence: true, reusePrefix: false, stream: false };
  const { ids, submitNs, atNs } = await engine.generate({ prompt: [...prompt], maxTokens: nGen, ...greedy });
  const durationsMs = atNs.map((at, i) => (at - (atNs[i - 1] ?? submitNs)) / 1e6);
  return { rates: { tg: generationRate(durationsMs, compilingTokens) }, ids };
}

/** Multiplications of weights and tokens: a second or two of prompt, and of generation, on two cores. */
const promptWork = 35e9;
const generationWork = 4.3e9;

/** Larger models get fewer tokens, so that each takes its turn in seconds. */
export function testsFor(parameters: number): BenchmarkTests {
  const between = (least: number, most: number, work: number) =>
    Math.min(most, Math.max(least, Math.round(work / parameters / 16) * 16));
  return { nPrompt: between(64, 512, promptWork), nGen: between(16, 128, generationWork) };
}

/** Our decoding against a framework's own benchmark that tells the time of every token, alternating. */

import { monotonicNow } from '../engine/clock.ts';
import { startEngine } from '../engine/engine.ts';
import type { Framework } from '../frameworks/framework.ts';
import type { EngineSettings } from '../settings/settings.ts';
import { median } from '../statistics/statistics.ts';

/** A framework that compiles does so within its first tokens. */
const compilingTokens = 4;

export interface TokenYardstickTest {
  framework: Framework;
  modelPath: string;
  settings: EngineSettings;
  tokens: number;
  rounds: number;
  timeoutMs: number;
}

/** Medians over rounds of the rounds' medians, milliseconds a token, and their speed ratio ours / theirs. */
export interface TokenYardstickResult {
  oursMs: number;
  theirsMs: number;
  speedRatio: number;
}

/**
 * @param theirs one invocation of the framework's own benchmark: the duration of each token, milliseconds
 * @param onRound told the number of each round, from 0
 */
export async function measureTokensAgainst(
  test: TokenYardstickTest,
  theirs: () => Promise<number[]>,
  onRound: (round: number) => void,
  signal: AbortSignal,
): Promise<TokenYardstickResult> {
  const our: number[] = [];
  const their: number[] = [];
  const measureTheirs = async () => void their.push(median((await theirs()).slice(compilingTokens)));
  const measureOurs = async () => void our.push(median((await ours(test)).slice(compilingTokens)));
  for (let round = 0; round < test.rounds; round++) {
    signal.throwIfAborted();
    onRound(round);
    // Who comes first changes every round, so that drift hits both.
    const turns = round % 2 === 0 ? [measureTheirs, measureOurs] : [measureOurs, measureTheirs];
    for (const measure of turns) await measure();
  }
  const oursMs = median(our);
  const theirsMs = median(their);
  return { oursMs, theirsMs, speedRatio: theirsMs / oursMs };
}

/** Duration of each token from a prompt of one token on, in a fresh process, milliseconds. */
async function ours({ framework, modelPath, settings, tokens, timeoutMs }: TokenYardstickTest): Promise<number[]> {
  await using engine = await startEngine({
    framework,
    originNs: monotonicNow(),
    settings,
    timeoutMs,
    onCheckpoint: () => {},
    onProgress: () => {},
    onPiece: () => {},
  });
  await engine.load(modelPath, settings);
  const { submitNs, atNs } = await engine.generate({
    prompt: [0],
    maxTokens: tokens,
    temperature: 0,
    seed: 0,
    ignoreEndOfSequence: true,
    reusePrefix: false,
    stream: false,
  });
  return atNs.map((at, index) => (at - (atNs[index - 1] ?? submitNs)) / 1e6);
}

/** A model in web-llm: token ids in, token ids out, one call a token. */

import { usageError } from '../../../command-line/errors.ts';
import type { EffectiveSettings, Generated, GenerateOptions, Model, TokenSink } from '../../framework.ts';
import type { DeviceWatch } from './adapter.ts';
import type { ServedModel } from './model-files.ts';
import type { Pipeline } from './pipeline.ts';
import type { MlcEngine } from './web-llm.ts';

export interface LoadedMlc {
  engine: MlcEngine;
  pipeline: Pipeline;
  device: DeviceWatch;
  served: ServedModel;
  effective: EffectiveSettings;
  /** For the log: what the adapter can, what loading cost. */
  facts: Record<string, string | number>;
}

export function modelOf({ engine, pipeline, device, served, effective, facts }: LoadedMlc): Model {
  const { tokenizer, contextTokens } = pipeline;
  /** Tokens whose keys and values are in the cache. */
  let cached: number[] = [];

  async function generate(prompt: Int32Array, options: GenerateOptions, sink: TokenSink): Promise<Generated> {
    const reused = options.reusePrefix && beginsWith(prompt, cached) ? cached.length : 0;
    if (reused === 0) {
      // Its own statistics go on, so that they tell of the whole run.
      await engine.resetChat(true);
      cached = [];
    }
    pipeline.setSeed(options.seed);
    pipeline.sampling.temperature = options.temperature;
    pipeline.sampling.topP = options.topP ?? 1;
    pipeline.sampling.onPromptEvaluated = () => sink.promptEvaluated();
    const fresh = Array.from(prompt.subarray(reused));
    let token = await engine.forwardTokensAndSample(fresh, true);
    cached.push(...fresh);
    for (let generated = 1; ; generated++) {
      if (served.endOfSequence.has(token) && !options.ignoreEndOfSequence) {
        return { stop: 'end', cachedPromptTokens: reused, endToken: token };
      }
      if (!sink.token(token)) return { stop: 'cancelled', cachedPromptTokens: reused };
      if (generated === options.maxTokens) return { stop: 'length', cachedPromptTokens: reused };
      cached.push(token);
      token = await engine.forwardTokensAndSample([token], false);
    }
  }

  return {
    effective,

    async tokenize(text) {
      return tokenizer.encode(text);
    },

    async detokenize(tokens) {
      return piecesOf(tokens, tokenizer.decode);
    },

    async generate(prompt, options, sink) {
      const needed = prompt.length + options.maxTokens;
      if (needed > contextTokens) {
        throw usageError(
          `${needed} tokens do not fit the context of ${contextTokens}`,
          'Raise --context, or lower --max-tokens.',
        );
      }
      return device.orLost(generate(prompt, options, sink));
    },

    async memory() {
      const deviceBytes = pipeline.deviceBytes();
      return {
        weightsBytes: served.weightsBytes,
        contextBytes: served.kvBytesPerPosition * contextTokens,
        ...(deviceBytes === undefined ? {} : { deviceBytes }),
      };
    },

    async statistics() {
      return { ...facts, ...ownRates(await engine.runtimeStatsText()) };
    },

    async [Symbol.asyncDispose]() {
      await engine.unload();
    },
  };
}

function beginsWith(prompt: Int32Array, cached: readonly number[]): boolean {
  return cached.length > 0 && cached.length < prompt.length && cached.every((token, i) => prompt[i] === token);
}

/** web-llm's own figures over all its answers, by its own definitions: the first token is in the prefill. */
function ownRates(text: string): Record<string, number> {
  const [, prefill, decode] = /prefill: ([\d.]+) tokens\/sec, decoding: ([\d.]+) tokens\/sec/.exec(text) ?? [];
  return {
    ...(prefill === undefined ? {} : { webLlmPrefillTokensPerSecond: Number(prefill) }),
    ...(decode === undefined ? {} : { webLlmDecodeTokensPerSecond: Number(decode) }),
  };
}

/**
 * The bytes of an unfinished character stay with the token that completes it. A token is decoded together with those since
 * the last finished character and the token before them, since some tokenizers set blanks by what stands in front.
 */
export function piecesOf(ids: readonly number[], decode: (ids: Int32Array) => string): string[] {
  let contextStart = 0;
  let unfinishedStart = 0;
  return ids.map((_, i) => {
    const before = decode(Int32Array.from(ids.slice(contextStart, unfinishedStart)));
    const now = decode(Int32Array.from(ids.slice(contextStart, i + 1)));
    if (now.length <= before.length || now.endsWith('\uFFFD')) return '';
    contextStart = unfinishedStart;
    unfinishedStart = i + 1;
    return now.slice(before.length);
  });
}

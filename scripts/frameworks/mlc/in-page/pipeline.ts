/**
 * The parts of web-llm that its public interface does not show: tokenizer, seed, sampler, and what it made of the settings.
 * They may move with any version, so they are looked at before they are used, and touched in this file only.
 */
import { UserError } from '../../../command-line/errors.ts';
import type { MlcEngine } from './web-llm.ts';

export interface Pipeline {
  tokenizer: { encode(text: string): Int32Array; decode(ids: Int32Array): string };
  setSeed(seed: number): void;
  contextTokens: number;
  /** Prompt tokens that are evaluated at once; compiled into the library. */
  batchTokens: number;
  /** All WebGPU buffers together; undefined where it does not count. */
  deviceBytes(): number | undefined;
  /** How the next tokens are chosen. */
  sampling: Sampling;
}

interface Sampling {
  /** 0 is greedy, which web-llm does by sampling at a millionth of a degree. */
  temperature: number;
  topP: number;
  /** Called once, when the prompt is evaluated and before its token is chosen; gone then. */
  onPromptEvaluated: (() => void) | undefined;
}

/** Its names in 0.2.86 and before 0.2.80. */
const samplers = ['sampleFromRawLogits', 'sampleTokenFromLogits'];

/** @throws UserError when this version of web-llm is made in another way */
export function pipelineOf(engine: MlcEngine, modelId: string): Pipeline {
  const pipelines = member(engine, 'loadedModelIdToPipeline');
  const pipeline = pipelines instanceof Map ? pipelines.get(modelId) : undefined;
  const tokenizer = member(pipeline, 'tokenizer');
  const setSeed = member(pipeline, 'setSeed');
  const encode = member(tokenizer, 'encode');
  const decode = member(tokenizer, 'decode');
  const sampler = samplers.find((name) => typeof member(pipeline, name) === 'function');
  if (!isFunction(setSeed) || !isFunction(encode) || !isFunction(decode) || sampler === undefined)
    throw unknownVersion();
  return {
    tokenizer: {
      encode(text) {
        const ids = encode.call(tokenizer, text);
        if (!(ids instanceof Int32Array)) throw unknownVersion();
        return ids;
      },
      decode: (ids) => String(decode.call(tokenizer, ids)),
    },
    setSeed: (seed) => void setSeed.call(pipeline, seed),
    contextTokens: Number(member(pipeline, 'contextWindowSize')),
    batchTokens: Number(member(pipeline, 'prefillChunkSize')),
    deviceBytes() {
      const context = member(member(member(pipeline, 'tvm'), 'lib'), 'webGPUContext');
      const bytes = member(context, 'currAllocatedBytes');
      return typeof bytes === 'number' ? bytes : undefined;
    },
    sampling: takeOverSampling(pipeline, sampler),
  };
}

/**
 * `forwardTokensAndSample`, which takes token ids, samples as the model's configuration says. Here each of its steps is
 * given our own settings, and the instant between the evaluation of the prompt and the first choice is seen.
 */
function takeOverSampling(pipeline: object, name: string): Sampling {
  const sampling: Sampling = { temperature: 0, topP: 1, onPromptEvaluated: undefined };
  const sample = member(pipeline, name);
  const sync = member(member(pipeline, 'device'), 'sync');
  if (!isFunction(sample) || !isFunction(sync)) throw unknownVersion();
  const penalties = { repetition_penalty: 1, frequency_penalty: 0, presence_penalty: 0 };
  Reflect.set(pipeline, name, async (logits: unknown) => {
    const { onPromptEvaluated, temperature, topP } = sampling;
    if (onPromptEvaluated !== undefined) {
      sampling.onPromptEvaluated = undefined;
      // As web-llm itself does before it chooses the first token.
      await sync.call(member(pipeline, 'device'));
      onPromptEvaluated();
    }
    return sample.call(pipeline, logits, { ...penalties, temperature, top_p: topP });
  });
  return sampling;
}

type AnyFunction = (...values: unknown[]) => unknown;

function isFunction(value: unknown): value is AnyFunction {
  return typeof value === 'function';
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function unknownVersion(): UserError {
  return new UserError('this version of web-llm is made in a way that Tokenlap does not know', {
    remedy: 'Take the one that `npm ci` installs, or one from 0.2.79 to 0.2.86 with --web-llm.',
  });
}

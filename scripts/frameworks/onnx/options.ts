/** What can be asked of ONNX Runtime in particular. */
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { wholeNumber } from '../../command-line/options.ts';
import type { FrameworkOption } from '../framework.ts';
import type { KeyValueType } from './attention.ts';

/** Formats of a file's matrices that operators can hold, best supported first. */
export const weightFormats = ['f16', 'q8_0', 'q4_0', 'f32', 'bf16', 'q6_k'] as const;

export const accuracyLevelOption: FrameworkOption = {
  flags: '--accuracy-level <level>',
  description:
    'of MatMulNBits: 0 computes in float32, 4 quantises activations to 8 bits (default: 4 on the processor, else 0)',
  variable: 'TOKENLAP_ONNX_ACCURACY_LEVEL',
  parse: wholeNumber(0, 4),
};

export const graphOption: FrameworkOption = {
  flags: '--graph <path>',
  description:
    'run this graph (transformers.js layout) in place of one written from --model, which lends its tokenizer',
  variable: 'TOKENLAP_ONNX_GRAPH',
};

/** Undefined: one is written. */
export function givenGraph(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return environment[graphOption.variable] || undefined;
}

/** The level from which on activations are quantised. */
export const eightBitActivations = 4;

/** Weights in integers meet activations of 8 bits, as in the other engines that keep them so on a processor. */
export function defaultAccuracyLevel(device: string): number {
  return device === 'cpu' ? eightBitActivations : 0;
}

/** From 0 (float32) to 4 (activations of 8 bits); 1 is the same as 0, 2 and 3 are those of accelerators with 16 bits. */
export function accuracyLevel(device: string, environment: NodeJS.ProcessEnv = process.env): number {
  const text = environment[accuracyLevelOption.variable] || String(defaultAccuracyLevel(device));
  if (/^[0-4]$/.test(text)) return Number(text);
  throw new UserError(`accuracy level "${text}" does not exist`, {
    exitCode: exitCodes.usage,
    remedy: 'Levels: 0 (float32) to 4 (8-bit activations).',
  });
}

const keyValueTypes: Readonly<Record<string, KeyValueType>> = { auto: 'float32', f32: 'float32', f16: 'float16' };

/** @param name as --kv-type has it */
export function keyValueType(name: string): KeyValueType {
  const type = keyValueTypes[name];
  if (type !== undefined) return type;
  throw new UserError(`ONNX Runtime has no KV cache type "${name}"`, {
    exitCode: exitCodes.usage,
    remedy: `Types: ${Object.keys(keyValueTypes).join(', ')}.`,
  });
}

/** What can be asked of ONNX Runtime in particular. */
import { z } from 'zod';
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { type FrameworkOption, textOption } from '../../settings/framework-options.ts';
import type { FrameworkSettings } from '../../settings/settings.ts';
import type { KeyValueType } from './attention.ts';

/** Formats of a file's matrices that operators can hold, best supported first. */
export const weightFormats = ['f16', 'q8_0', 'q4_0', 'f32', 'bf16', 'q6_k'] as const;

const levels = z.int().min(0).max(4);

export const accuracyLevelOption = {
  flag: '--accuracy-level <level>',
  schema: levels,
  help: 'of MatMulNBits: 0 computes in float32, 4 quantises activations to 8 bits (default: 4 on the processor, else 0)',
  variable: 'TOKENLAP_ONNX_ACCURACY_LEVEL',
} satisfies FrameworkOption;

export const graphOption = {
  flag: '--graph <path>',
  schema: z.string(),
  help: 'run this graph (transformers.js layout) in place of one written from --model, which lends its tokenizer',
  variable: 'TOKENLAP_ONNX_GRAPH',
} satisfies FrameworkOption;

/** Undefined: one is written. */
export function givenGraph(given: FrameworkSettings | undefined): string | undefined {
  return textOption(given, 'graph');
}

/** The level from which on activations are quantised. */
export const eightBitActivations = 4;

/** Weights in integers meet activations of 8 bits, as in the other engines that keep them so on a processor. */
export function defaultAccuracyLevel(device: string): number {
  return device === 'cpu' ? eightBitActivations : 0;
}

/** From 0 (float32) to 4 (activations of 8 bits); 1 is the same as 0, 2 and 3 are those of accelerators with 16 bits. */
export function accuracyLevel(device: string, given: FrameworkSettings | undefined): number {
  return levels.parse(given?.accuracyLevel ?? defaultAccuracyLevel(device));
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
